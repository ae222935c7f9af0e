"""Intervals and tests of change against published numbers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.intervals import clear_change, difference, finite_population_margin, interval
from analytics.rounding import half_up
from survey.domain.measures import MEASURES, Measure
from tests.survey.domain.test_measures import measures_with_counts

INDEX = MEASURES["engagement_index"]
SATISFACTION = MEASURES["satisfaction"]
NPS = MEASURES["nps"]


def share(favourable: int, n: int) -> dict[str, int]:
    return {"5": favourable, "1": n - favourable}


def test_the_wilson_interval_of_81_in_263() -> None:
    found = interval(SATISFACTION, share(81, 263))

    assert found is not None
    assert [found.low, found.high] == pytest.approx([25.53, 36.62], abs=0.005)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n + 1), st.just(n + 1))))
def test_a_wilson_interval_is_that_of_scipy(case: tuple[int, int]) -> None:
    from scipy.stats import binomtest

    found = interval(SATISFACTION, share(*case))
    theirs = binomtest(*case).proportion_ci(confidence_level=0.95, method="wilson")

    assert found is not None
    # The normal percentile is rounded to six places, as in the papers.
    assert [found.low, found.high] == pytest.approx([100 * theirs.low, 100 * theirs.high], abs=1e-5)


def test_newcombes_interval_of_56_in_70_after_48_in_80() -> None:
    found = difference(SATISFACTION, share(48, 80), share(56, 70))

    assert found is not None
    assert [found.low, found.high] == pytest.approx([5.24, 33.39], abs=0.005)


def test_an_nps_interval_adds_three_quarters_to_either_side() -> None:
    # 10 promoters, 5 passives, 5 detractors: (10.75 - 5.75) / 23, variance 16.5/23 - (5/23)**2
    found = interval(NPS, {"10": 10, "8": 5, "2": 5})

    assert found is not None
    net, variance = 5 / 23, 16.5 / 23 - (5 / 23) ** 2
    half = 1.959964 * (variance / 23) ** 0.5
    assert [found.low, found.high] == pytest.approx([100 * (net - half), 100 * (net + half)])


def test_an_index_interval_is_students() -> None:
    from scipy.stats import t

    found = interval(INDEX, {"0": 5, "20": 5})

    assert found is not None
    half = t.ppf(0.975, 9) * (2500 * 10 / 9 / 10) ** 0.5
    assert [found.low, found.high] == pytest.approx([50 - half, 50 + half])


def test_an_index_change_is_tested_as_welch_does() -> None:
    from scipy.stats import ttest_ind

    before, after = {"8": 5, "12": 7, "15": 9}, {"9": 3, "13": 14, "18": 5}
    people = [
        [5 * int(value) for value, n in counts.items() for _ in range(n)]
        for counts in (after, before)
    ]
    published = ttest_ind(*people, equal_var=False).confidence_interval()

    found = difference(INDEX, before, after)

    assert found is not None
    assert [found.low, found.high] == pytest.approx([published.low, published.high])


@pytest.mark.parametrize(
    ("population", "answers", "percent", "margin"),
    [(200, 120, 43, 6), (150, 80, 50, 8), (50, 40, 30, 6), (500, 375, 60, 2)],
)
def test_the_margins_of_the_2018_technical_guide(
    population: int, answers: int, percent: int, margin: int
) -> None:
    found = finite_population_margin(Fraction(percent, 100), answers=answers, population=population)

    assert half_up(Fraction(found), 0) == margin


def test_a_census_has_no_margin() -> None:
    assert finite_population_margin(Fraction(1, 3), answers=30, population=30) == 0


@pytest.mark.parametrize(("answers", "population"), [(0, 30), (31, 30)])
def test_a_margin_of_nobody_or_of_more_than_were_asked_is_refused(
    answers: int, population: int
) -> None:
    with pytest.raises(ValueError, match="population"):
        finite_population_margin(Fraction(1, 3), answers=answers, population=population)


@pytest.mark.parametrize(
    ("before", "after", "each"), [(52, 68, 72), (35, 61, 28), (65, 78, 93), (49, 54, 768)]
)
def test_a_documents_change_is_clear_with_enough_answers_and_not_with_half_of_them(
    before: int, after: int, each: int
) -> None:
    def of(percent: int, people: int) -> dict[str, int]:
        return share(round(percent * people / 100), people)

    enough = max(each + each // 10, 30)

    assert clear_change(SATISFACTION, of(before, enough), of(after, enough)) is True
    assert not clear_change(SATISFACTION, of(before, each // 2), of(after, each // 2))


@pytest.mark.parametrize(
    ("measure", "value", "least"),
    [(SATISFACTION, "5", 30), (NPS, "10", 30), (INDEX, "20", 10)],
)
def test_a_change_is_not_tested_under_30_people_or_10_for_an_index(
    measure: Measure, value: str, least: int
) -> None:
    worst, best = measure.values[0], value

    assert clear_change(measure, {worst: least - 1}, {best: 500}) is None
    assert clear_change(measure, {worst: 500}, {best: least - 1}) is None
    assert clear_change(measure, {worst: least}, {best: least}) is True


def test_two_groups_that_each_agree_differ_clearly_or_not_at_all() -> None:
    assert clear_change(INDEX, {"10": 12}, {"11": 12}) is True
    assert clear_change(INDEX, {"10": 12}, {"10": 12}) is False


@given(st.sampled_from(list(MEASURES.values())))
def test_one_answer_has_no_interval(measure: Measure) -> None:
    one = {measure.values[-1]: 1}

    assert interval(measure, one) is None
    assert difference(measure, one, {measure.values[0]: 40}) is None


@given(measures_with_counts())
def test_an_interval_holds_the_value_and_stays_within_the_measures_range(
    given_counts: tuple[Measure, dict[str, int]],
) -> None:
    measure, counts = given_counts
    found = interval(measure, counts)
    value = float(measure.value(counts))

    if sum(counts.values()) > 1:
        assert found is not None
        assert measure.lowest <= found.low <= value + 1e-9
        assert value - 1e-9 <= found.high <= measure.highest


@given(measures_with_counts(), st.data())
def test_a_rise_read_backwards_is_a_fall_of_the_same_clearness(
    given_counts: tuple[Measure, dict[str, int]], data: st.DataObject
) -> None:
    measure, before = given_counts
    after = {value: data.draw(st.integers(0, 60)) for value in measure.values}

    forwards, backwards = difference(measure, before, after), difference(measure, after, before)

    if forwards is None or backwards is None:
        assert forwards is backwards
    else:
        assert [forwards.low, forwards.high] == pytest.approx([-backwards.high, -backwards.low])
