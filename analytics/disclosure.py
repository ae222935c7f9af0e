"""Disclosure control: the only place where counts become figures that may be shown.

What people think is shown of ten of them or more (the floor), the more exactly the more there
are:

=====================  ===================  =======  ================
people who answered    value                n        interval
=====================  ===================  =======  ================
under the floor        none (suppressed)    none     none
floor to 49            whole number         band     whole numbers
50 to 99               whole number         exact    whole numbers
100 or more            one decimal          exact    one decimal
all of one mind        a band of the value  as above none
=====================  ===================  =======  ================

"All of one mind" means that everybody's answer has the same points: nobody or everybody
favourable in a share, everybody on one side (or in the middle) of a net figure, everybody with
the same score in an index. Such a figure says what each one answered, and so would its interval.

Answers that a body gave (a school, a department) are not opinions of people: role rules alone
decide who sees them, and they are shown as they are. Where nobody answered there is nothing to
protect, and the cell says `no_data`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from analytics.intervals import Interval, interval
from analytics.rounding import half_up
from survey.domain.measures import Measure, answered

LEAST_FLOOR = 10
EXACT_N_FROM = 50
ONE_DECIMAL_FROM = 100
UNANIMITY_BLUR = 5
NARROWEST_N_BAND = 5


class CellStatus(StrEnum):
    """What may be said of a cell."""

    PUBLISHED = "published"
    BANDED = "banded"
    SUPPRESSED = "suppressed"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A cell that somebody would like to see; inside only, never stored or sent.

    `counts` pairs answers with people. `floor` is the one fixed when the questionnaire version
    was published. `opinion_of_people` is False for attributed answers of bodies.
    """

    measure: Measure
    counts: Mapping[str, int]
    floor: int
    opinion_of_people: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell as everybody may see it, in the measure's unit.

    `value_band` is "over 95", "under 5" or "55 to 65" (see `band_ends`); `n_band` is "20-29".
    Suppressed and empty cells carry nothing but their status.
    """

    status: CellStatus
    value: Decimal | None = None
    value_band: str | None = None
    n: int | None = None
    n_band: str | None = None
    low: Decimal | None = None
    high: Decimal | None = None


def decide(cells: Sequence[Wanted]) -> list[Shown]:
    """Decide a whole table, in its order; hand over every cell that is read side by side.

    Raises:
        ValueError: a floor below ten.
    """
    return list(decide_in_turn(cells))


def decide_in_turn(cells: Sequence[Wanted]) -> Iterator[Shown]:
    """As `decide`, each only when it is asked for: in between there is time for others."""
    return map(_decide_one, cells)


def may_replace(previous_n: int | None, new_n: int, *, floor: int, final: bool) -> bool:
    """Whether a cell may be published again over the figure that is shown now.

    Two figures that differ by a handful of people tell what the handful answered. So a shown
    figure stands until at least `floor` more people are in it, or until it is final: its period
    or questionnaire has closed, and nothing more will come.

    Args:
        previous_n: people behind the figure shown now; None when none is shown.
        new_n: people behind the figure that would take its place.
    """
    return previous_n is None or final or new_n - previous_n >= floor


def people_band(n: int, *, floor: int) -> str:
    """The band in which 10 to 49 people are shown: "10-19", "20-29", "30-39" or "40-49".

    With a higher floor the bands start there; a first band of fewer than five numbers is joined
    to the next, as it would tell nearly as much as the number itself.
    """
    start, end = floor, _end_of_ten(floor)
    if end - start + 1 < NARROWEST_N_BAND:
        end = min(end + 10, EXACT_N_FROM - 1)
    while n > end:
        start, end = end + 1, end + 10
    return f"{start}-{end}"


def band_ends(value_band: str) -> tuple[Decimal | None, Decimal | None]:
    """The ends of a value band, None where it is open: "over 95" is (95, None)."""
    match value_band.split():
        case ["over", end]:
            return Decimal(end), None
        case ["under", end]:
            return None, Decimal(end)
        case [low, "to", high]:
            return Decimal(low), Decimal(high)
    raise ValueError(f"not a value band: {value_band!r}")


def _decide_one(cell: Wanted) -> Shown:
    if cell.floor < LEAST_FLOOR:
        raise ValueError(f"the floor is never below {LEAST_FLOOR}")
    n = answered(cell.counts)
    if not n:
        return Shown(CellStatus.NO_DATA)
    if not cell.opinion_of_people:
        return _figure(cell, n_exact=n, n_band=None)
    if n < cell.floor:
        return Shown(CellStatus.SUPPRESSED)
    n_band = people_band(n, floor=cell.floor) if n < EXACT_N_FROM else None
    n_exact = None if n_band else n
    minds = cell.measure.spread(cell.counts)
    if len(minds) == 1:
        band = _band_around(*minds, measure=cell.measure)
        return Shown(CellStatus.BANDED, value_band=band, n=n_exact, n_band=n_band)
    return _figure(cell, n_exact=n_exact, n_band=n_band)


def _figure(cell: Wanted, *, n_exact: int | None, n_band: str | None) -> Shown:
    places = 1 if answered(cell.counts) >= ONE_DECIMAL_FROM else 0
    ends = interval(cell.measure, cell.counts)
    low, high = _rounded(ends, places) if ends else (None, None)
    return Shown(
        CellStatus.PUBLISHED,
        value=half_up(cell.measure.value(cell.counts), places),
        n=n_exact,
        n_band=n_band,
        low=low,
        high=high,
    )


def _rounded(ends: Interval, places: int) -> tuple[Decimal, Decimal]:
    return half_up(Fraction(ends.low), places), half_up(Fraction(ends.high), places)


def _band_around(points: int, *, measure: Measure) -> str:
    if points == measure.highest:
        return f"over {points - UNANIMITY_BLUR}"
    if points == measure.lowest:
        return f"under {points + UNANIMITY_BLUR}"
    return f"{points - UNANIMITY_BLUR} to {points + UNANIMITY_BLUR}"


def _end_of_ten(number: int) -> int:
    return number // 10 * 10 + 9
