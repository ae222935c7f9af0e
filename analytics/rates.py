"""Response rates: how many of those asked have answered, and where nobody has.

A rate is AAPOR's response rate 1, the strictest: complete answers of all who were eligible and
asked. Complete is what was submitted. Who blocked the bot, whose message failed or is still held,
and who refused stay in the denominator; who was not asked in that wave (`SKIPPED`) is not in it.
With everybody in it known to be eligible, nothing has to be estimated.

Source: The American Association for Public Opinion Research, "Standard Definitions: Final
Dispositions of Case Codes and Outcome Rates for Surveys", 10th edition, 2023, RR1:
RR1 = I / ((I + P) + (R + NC + O) + (UH + UO)).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Self

from analytics import queries
from analytics.disclosure import LEAST_FLOOR
from analytics.rounding import half_up
from survey.db.engine import Database
from survey.domain.organisation import ancestors
from survey.domain.questionnaire import Privacy
from survey.domain.records import Unit
from survey.domain.waves import InvitationState, Wave
from survey.ports import Begin

States = Mapping[InvitationState, int]
"""How many invitations are in each state."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of those invited have answered."""

    invited: int
    answered: int

    @classmethod
    def of(cls, states: States) -> Self:
        return cls(
            invited=sum(states.values()) - states.get(InvitationState.SKIPPED, 0),
            answered=states.get(InvitationState.ANSWERED, 0),
        )

    @property
    def exact(self) -> Fraction | None:
        """From 0 to 1; None where nobody was invited."""
        return Fraction(self.answered, self.invited) if self.invited else None

    @property
    def percent(self) -> Decimal | None:
        """As it is shown: whole, a half up."""
        return None if self.exact is None else half_up(100 * self.exact, 0)


@dataclass(frozen=True, slots=True)
class UnitRate:
    """A unit with all below it; `rate` is None where it would tell of fewer than the floor."""

    unit: str
    rate: Rate | None


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of one wave, or of several taken together.

    `units` holds each unit in which anybody was invited, in the order of the tree that was given.
    `silent` are those in which nobody has answered, of a number of people that may be shown; of
    two of them, one below the other, only the upper.
    """

    overall: Rate
    units: tuple[UnitRate, ...]
    silent: tuple[str, ...]

    @property
    def hidden(self) -> int:
        """How many units are not shown."""
        return sum(each.rate is None for each in self.units)


@dataclass(frozen=True, slots=True)
class Bodies:
    """Answers given for a body: how many of those asked, and by name which have not."""

    asked: int
    answered: int
    outstanding: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WaveRates:
    """How one wave is answered; `bodies` is None where people answer for themselves."""

    rates: Rates
    bodies: Bodies | None


class RateReader:
    """Reads the rates of waves."""

    def __init__(self, database: Database, begin: Begin) -> None:
        self._database, self._begin = database, begin

    async def of(self, wave: Wave) -> WaveRates:
        """The rates of a wave as it stands now."""
        async with self._begin.read() as work:
            by_unit = await work.invitations.by_unit(wave.key)
            units = await work.organisation.units()
        async with self._database.reading() as connection:
            asked = await queries.invited_for_bodies(connection, wave.key)
        return WaveRates(
            rates=rates(by_unit, units, floor=wave.floor),
            bodies=bodies(asked) if wave.privacy is Privacy.ATTRIBUTED else None,
        )


def rates(by_unit: Mapping[str, States], units: Sequence[Unit], *, floor: int) -> Rates:
    """The rates of what `work.invitations.by_unit` counted.

    A unit includes those below it. It is shown where at least `floor` people of it were invited,
    and where nobody can find a smaller group by taking shown units from the shown one that holds
    them: what is left of each is nobody, or at least the floor. Of units side by side, the larger
    are shown first. So every group that can be worked out from the shown figures is made of parts
    that are each at least the floor.

    Raises:
        ValueError: a floor below ten.
    """
    if floor < LEAST_FLOOR:
        raise ValueError(f"the floor is never below {LEAST_FLOOR}")
    lines = ancestors(units)
    sums: dict[str, Counter[InvitationState]] = {"": Counter()}
    for unit, states in by_unit.items():
        for above in lines.get(unit, ("",)):
            sums.setdefault(above, Counter()).update(states)
    found = {key: Rate.of(states) for key, states in sums.items()}
    shown = _apart({key: rate.invited for key, rate in found.items()}, lines, floor=floor)
    listed = [each.key for each in units if each.key in found and found[each.key].invited]
    quiet = {key for key in shown if key and not found[key].answered}
    return Rates(
        overall=found[""],
        units=tuple(UnitRate(key, found[key] if key in shown else None) for key in listed),
        silent=tuple(key for key in listed if key in quiet and not quiet & {*lines[key][1:]}),
    )


def bodies(invited: Iterable[tuple[str, InvitationState]]) -> Bodies:
    """How many schools, departments or members answered of those asked.

    Not opinions of people: who has not answered is named to those who may read it.

    Args:
        invited: the body and the state of each invitation; a body has answered once one of its
            invitations has.
    """
    states: dict[str, set[InvitationState]] = {}
    for body, state in invited:
        if state is not InvitationState.SKIPPED:
            states.setdefault(body, set()).add(state)
    outstanding = [body for body, of in states.items() if InvitationState.ANSWERED not in of]
    return Bodies(len(states), len(states) - len(outstanding), tuple(sorted(outstanding)))


def _apart(
    sizes: Mapping[str, int], lines: Mapping[str, tuple[str, ...]], *, floor: int
) -> Collection[str]:
    """The units that may be shown together; '' always is.

    Level by level from the top, so that what is left of a shown unit is known before the units
    below a hidden one are taken from it.
    """
    left = {"": sizes[""]}
    order = sorted(
        (key for key in sizes if key), key=lambda key: (len(lines[key]), -sizes[key], key)
    )
    for _, level in groupby(order, key=lambda key: len(lines[key])):
        for key in level:
            holder = next(above for above in lines[key][1:] if above in left)
            rest = left[holder] - sizes[key]
            if sizes[key] >= floor and (not rest or rest >= floor):
                left[holder], left[key] = rest, sizes[key]
    return left
