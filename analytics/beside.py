"""Figures of a campaign's waves beside those of the months that hold them.

Everybody of a wave is also in its month, quarter and year, and everybody of a school also in the
whole body. Where both figures are shown, the difference is a figure too: that of those who are in
one and not in the other. So a wave's figure is shown only where each such difference is of nobody
or of at least the floor; and a month's is not shown anew where it would make one (decision 0008).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import product

from survey.domain.calendar import CALENDAR_PERIODS, Span, span
from survey.domain.measures import answered
from survey.domain.questionnaire import Privacy
from survey.domain.records import CellKey, Period

Basis = Mapping[str, int]
Lines = Mapping[str, tuple[str, ...]]
"""For each unit (or service) its key and those above it, nearest first; '' is last."""


@dataclass(frozen=True, slots=True)
class WaveSpan:
    """A wave as the read side needs it: `over` once no answer can come and none waits sealed.

    `span` is the day on which it opened and the day on which it closed, or is to close.
    """

    key: str
    campaign: str
    version: int
    privacy: Privacy
    floor: int
    span: Span
    month: Span
    over: bool


class _Side(StrEnum):
    """By what a figure is divided into those that stand side by side."""

    TIME = "time"
    UNIT = "unit"
    SERVICE = "service"


@dataclass(slots=True)
class Beside:
    """What is shown of one questionnaire, as publication goes through its cells.

    `shown` is the histogram behind each figure that is shown. Of cells that came in, those of
    months, quarters and years are asked about first (`allows`), then those of waves, from the
    whole to its parts (`admits`).
    """

    waves: Mapping[str, WaveSpan]
    units: Lines
    services: Lines
    year_start: int
    shown: dict[CellKey, Basis]
    _inside: dict[CellKey, list[CellKey]] = field(default_factory=lambda: defaultdict(list))
    _taken: dict[tuple[_Side, CellKey], int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        of_waves = [key for key in self.shown if key.by is Period.WAVE and key.wave in self.waves]
        for key in sorted(of_waves, key=self.depth):
            self._note(key, answered(self.shown[key]))

    def depth(self, key: CellKey) -> int:
        """How far below the whole body and all services it is."""
        return len(self.units.get(key.unit, ())) + len(self.services.get(key.service, ()))

    def calendar(self, key: CellKey) -> tuple[CellKey, ...]:
        """The month, quarter and year of a wave's cell."""
        month = self.waves[key.wave].month.start
        return tuple(
            replace(key, by=by, wave="", start=span(month, by, year_start=self.year_start).start)
            for by in CALENDAR_PERIODS
        )

    def allows(self, key: CellKey, basis: Basis, *, floor: int) -> bool:
        """Whether a month's, quarter's or year's figure may be shown beside those of its waves."""
        inside = self._inside.get(key, ())
        if not all(_holds(basis, self.shown[each], floor=floor) for each in inside):
            return False
        return _enough(answered(basis) - self._taken.get((_Side.TIME, key), 0), floor=floor)

    def admits(self, key: CellKey, basis: Basis, *, floor: int) -> bool:
        """Whether a wave's figure may be shown beside all that hold it."""
        people = answered(basis)
        for holder in self._holders(key):
            if holder in self.shown and not _holds(self.shown[holder], basis, floor=floor):
                return False
        return all(
            _enough(answered(self.shown[holder]) - self._taken[side, holder] - people, floor=floor)
            for side, holder in self._whole(key)
        )

    def show(self, key: CellKey, basis: Basis) -> None:
        """Note that this figure is shown."""
        self.shown[key] = basis
        if key.by is Period.WAVE:
            self._note(key, answered(basis))

    def _note(self, key: CellKey, people: int) -> None:
        for holder in self._holders(key):
            if holder.by is not Period.WAVE:
                self._inside[holder].append(key)
        for side, holder in self._whole(key):
            self._taken[side, holder] += people

    def _holders(self, key: CellKey) -> Iterator[CellKey]:
        """Every cell that has all the people of this wave's cell in it, and is another."""
        units = self.units.get(key.unit, (key.unit,))
        services = self.services.get(key.service, (key.service,))
        for when in (key, *self.calendar(key)):
            for unit, service in product(units, services):
                holder = replace(when, unit=unit, service=service)
                if holder != key:
                    yield holder

    def _whole(self, key: CellKey) -> Iterator[tuple[_Side, CellKey]]:
        """The shown cells that this one is a part of, beside parts like it."""
        for holder in self.calendar(key):
            if holder in self.shown:
                yield _Side.TIME, holder
        above = [replace(key, unit=each) for each in self.units.get(key.unit, ())[1:]]
        yield from self._nearest(_Side.UNIT, above)
        above = [replace(key, service=each) for each in self.services.get(key.service, ())[1:]]
        yield from self._nearest(_Side.SERVICE, above)

    def _nearest(self, side: _Side, above: Collection[CellKey]) -> Iterator[tuple[_Side, CellKey]]:
        for holder in above:
            if holder in self.shown:
                yield side, holder
                return


def _holds(whole: Basis, part: Basis, *, floor: int) -> bool:
    """Whether the part lies in the whole, and beside it nobody or at least the floor.

    A whole that was published before the last answers of its part does not hold it.
    """
    if any(whole.get(value, 0) < n for value, n in part.items()):
        return False
    return _enough(answered(whole) - answered(part), floor=floor)


def _enough(people: int, *, floor: int) -> bool:
    return people == 0 or people >= floor
