"""How sure a figure is: 95% intervals, and whether a change is more than chance.

Sources: Wilson 1927 for shares; Student's t for an index; adjusted Wald (three imagined
answers, half of them neutral) for net figures, the best of six methods in B. Rocks, "Interval
Estimation for the Net Promoter Score", The American Statistician, 2016. Two groups: Newcombe
1998 for shares, Welch for an index. Groups too small to test are those of the Civil Service
People Survey's technical guide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from scipy.special import stdtrit

from survey.domain.measures import Measure, MeasureKind, answered

Z = 1.959964  # 97.5th percentile of the normal distribution
CONFIDENCE = 0.95
LEAST_TO_TEST_AN_INDEX = 10
LEAST_TO_TEST_A_QUESTION = 30


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends in the measure's unit."""

    low: float
    high: float


def interval(measure: Measure, counts: Mapping[str, int]) -> Interval | None:
    """The 95% interval of the measure's value, within the measure's range.

    Returns:
        None for fewer than two people: one answer does not say how far answers lie apart.
    """
    n = answered(counts)
    if n < 2:
        return None
    match measure.kind:
        case MeasureKind.SHARE:
            found = _wilson(measure.spread(counts).get(100, 0), n)
        case MeasureKind.NET:
            middle, error = _adjusted_wald(measure, counts)
            found = Interval(middle - Z * error, middle + Z * error)
        case MeasureKind.INDEX:
            found = _student(measure, counts)
    return Interval(max(found.low, measure.lowest), min(found.high, measure.highest))


def difference(
    measure: Measure, before: Mapping[str, int], after: Mapping[str, int]
) -> Interval | None:
    """The 95% interval of `after` minus `before`, two separate groups of people.

    The same staff may have answered both times; their answers are not linked, so the interval
    is then wider than it need be, never narrower.

    Returns:
        None where a group has fewer than two people.
    """
    if min(answered(before), answered(after)) < 2:
        return None
    match measure.kind:
        case MeasureKind.SHARE:
            return _newcombe(measure, before, after)
        case MeasureKind.NET:
            old, old_error = _adjusted_wald(measure, before)
            new, new_error = _adjusted_wald(measure, after)
            half = Z * sqrt(old_error**2 + new_error**2)
            return Interval(new - old - half, new - old + half)
        case MeasureKind.INDEX:
            return _welch(measure, before, after)


def clear_change(
    measure: Measure, before: Mapping[str, int], after: Mapping[str, int]
) -> bool | None:
    """Whether the change is more than chance would bring in one case of twenty.

    Returns:
        None where either group is too small to test: under 30 people, or under 10 for an index.
    """
    least = (
        LEAST_TO_TEST_AN_INDEX if measure.kind is MeasureKind.INDEX else LEAST_TO_TEST_A_QUESTION
    )
    if min(answered(before), answered(after)) < least:
        return None
    apart = difference(measure, before, after)
    return apart is not None and (apart.low > 0 or apart.high < 0)


def finite_population_margin(share: Fraction, *, answers: int, population: int) -> float:
    """The 95% margin of a share when much of a small population answered, in points.

    Args:
        share: 0 to 1.
        answers: people who answered, at least 1.
        population: people who were asked, at least `answers`.

    Source: Civil Service People Survey, Technical Guide 2018.

    Raises:
        ValueError: nobody answered, or more than were asked.
    """
    if not 1 <= answers <= population:
        raise ValueError("answers must be between 1 and the population")
    if answers == population:
        return 0.0
    correction = Fraction(population - answers, population - 1)
    return 100 * Z * sqrt(share * (1 - share) / answers * correction)


def _wilson(favourable: int, n: int) -> Interval:
    """Written out: scipy works out a p-value with it, a hundred times the work."""
    middle = (favourable + Z**2 / 2) / (n + Z**2)
    half = Z * sqrt(favourable * (n - favourable) / n + Z**2 / 4) / (n + Z**2)
    low = 0.0 if favourable == 0 else middle - half
    high = 1.0 if favourable == n else middle + half
    return Interval(100 * low, 100 * high)


def _newcombe(measure: Measure, before: Mapping[str, int], after: Mapping[str, int]) -> Interval:
    """Two Wilson intervals combined (Newcombe 1998, method 10)."""
    old, new = float(measure.value(before)), float(measure.value(after))
    old_range = _wilson(measure.spread(before).get(100, 0), answered(before))
    new_range = _wilson(measure.spread(after).get(100, 0), answered(after))
    return Interval(
        new - old - sqrt((new - new_range.low) ** 2 + (old_range.high - old) ** 2),
        new - old + sqrt((new_range.high - new) ** 2 + (old - old_range.low) ** 2),
    )


def _adjusted_wald(measure: Measure, counts: Mapping[str, int]) -> tuple[float, float]:
    """Value and standard error in points, with 3/4 added to either side and 3/2 to the middle."""
    people = measure.spread(counts)
    n = answered(counts) + 3
    favourable = (people.get(100, 0) + Fraction(3, 4)) / n
    unfavourable = (people.get(-100, 0) + Fraction(3, 4)) / n
    net = favourable - unfavourable
    variance = favourable + unfavourable - net**2
    return 100 * float(net), 100 * sqrt(variance / n)


def _squared_error(measure: Measure, counts: Mapping[str, int]) -> float:
    """The estimated variance of the mean: the sample variance over n."""
    return float(measure.variance(counts)) / (answered(counts) - 1)


def _student(measure: Measure, counts: Mapping[str, int]) -> Interval:
    mean = float(measure.value(counts))
    half = _reach(answered(counts) - 1) * sqrt(_squared_error(measure, counts))
    return Interval(mean - half, mean + half)


def _reach(freedom: float) -> float:
    """The 97.5th percentile of Student's t."""
    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


def _welch(measure: Measure, before: Mapping[str, int], after: Mapping[str, int]) -> Interval:
    apart = float(measure.value(after) - measure.value(before))
    old, new = _squared_error(measure, before), _squared_error(measure, after)
    both = old + new
    if not both:
        # Everybody agreed both times: no spread to divide by, and nothing left to chance.
        return Interval(apart, apart)
    freedom = both**2 / (old**2 / (answered(before) - 1) + new**2 / (answered(after) - 1))
    half = _reach(freedom) * sqrt(both)
    return Interval(apart - half, apart + half)
