"""Measures against published worked examples, and the properties that make them measures."""

import pickle
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.measures import MEASURES, Measure, MeasureKind, engagement_sum
from survey.errors import NoAnswers

INDEX = MEASURES["engagement_index"]
SATISFACTION = MEASURES["satisfaction"]
NET = MEASURES["net_satisfaction"]
NPS = MEASURES["nps"]
UTTLESFORD_2013 = {"5": 39, "4": 62, "3": 81, "2": 9, "1": 3}

measures = st.sampled_from(list(MEASURES.values()))


@st.composite
def measures_with_counts(draw: st.DrawFn) -> tuple[Measure, dict[str, int]]:
    measure = draw(measures)
    people = st.integers(min_value=0, max_value=60)
    counts = draw(st.dictionaries(st.sampled_from(measure.values), people, min_size=1))
    if not sum(counts.values()):
        counts[measure.values[0]] = 1
    return measure, counts


def test_the_six_measures_keep_their_keys() -> None:
    assert list(MEASURES) == [
        "engagement_index",
        "satisfaction",
        "net_satisfaction",
        "nps",
        "ease",
        "first_contact_resolution",
    ]


def test_one_respondent_of_the_2023_quality_note_scores_65() -> None:
    agrees_with_percent = {100: 5, 75: 4, 50: 3, 25: 2, 0: 1}

    total = engagement_sum([agrees_with_percent[score] for score in (100, 75, 75, 50, 25)])

    assert total == 13
    assert INDEX.points(str(total)) == 65


def test_ten_respondents_of_the_2023_quality_note_have_an_index_of_53() -> None:
    scores = [65, 25, 70, 35, 50, 100, 90, 40, 20, 35]
    counts: dict[str, int] = {}
    for score in scores:
        counts[str(score // 5)] = counts.get(str(score // 5), 0) + 1

    assert INDEX.value(counts) == 53


@pytest.mark.parametrize("items", [[5, 4, None, 3, 2], [None] * 5])
def test_whoever_left_an_engagement_item_out_has_no_engagement_score(
    items: list[int | None],
) -> None:
    assert engagement_sum(items) is None


@pytest.mark.parametrize("items", [[5, 5, 5, 5], [5] * 6, [0, 1, 1, 1, 1], [6, 1, 1, 1, 1]])
def test_engagement_items_that_cannot_be_are_refused(items: list[int]) -> None:
    with pytest.raises(ValueError, match="engagement"):
        engagement_sum(items)


@given(st.lists(st.integers(1, 5), min_size=5, max_size=5))
def test_an_engagement_score_is_the_mean_of_the_five_items_scored_by_25(items: list[int]) -> None:
    total = engagement_sum(items)

    assert Fraction(sum(25 * (item - 1) for item in items), 5) == INDEX.points(str(total))


def test_satisfaction_counts_the_neutral_in_its_base() -> None:
    assert SATISFACTION.value(UTTLESFORD_2013) == Fraction(10100, 194)


def test_net_satisfaction_of_uttlesford_2013_is_45_9_with_the_neutral_in_its_base() -> None:
    assert round(float(NET.value(UTTLESFORD_2013)), 1) == 45.9


def test_nps_of_six_published_answers_is_a_third_with_a_variance_of_five_ninths() -> None:
    counts = {"0": 1, "7": 2, "9": 3}

    assert NPS.value(counts) == 100 * Fraction(1, 3)
    assert NPS.variance(counts) == 100**2 * Fraction(5, 9)


@pytest.mark.parametrize(
    ("score", "points"),
    [("0", -100), ("6", -100), ("7", 0), ("8", 0), ("9", 100), ("10", 100)],
)
def test_nps_takes_9_and_10_for_promoters_and_up_to_6_for_detractors(
    score: str, points: int
) -> None:
    assert NPS.points(score) == points


def test_ease_is_the_share_answering_5_to_7() -> None:
    assert MEASURES["ease"].value({"4": 6, "5": 1, "6": 2, "7": 1}) == 40


def test_first_contact_resolution_is_yes_over_yes_and_no() -> None:
    assert MEASURES["first_contact_resolution"].value({"yes": 61, "no": 39}) == 61


@given(measures)
def test_a_measure_of_nobody_is_refused(measure: Measure) -> None:
    with pytest.raises(NoAnswers):
        measure.value({})
    with pytest.raises(NoAnswers):
        measure.variance({measure.values[0]: 0})


@pytest.mark.parametrize("value", ["*", "", "21", "5.0", "prefer_not_to_say"])
def test_an_answer_that_is_not_scored_is_refused_and_not_left_out_in_silence(value: str) -> None:
    with pytest.raises(ValueError, match="does not score"):
        INDEX.value({"13": 4, value: 4})


@given(measures_with_counts())
def test_a_value_lies_within_the_range_of_its_measure(
    given_counts: tuple[Measure, dict[str, int]],
) -> None:
    measure, counts = given_counts

    assert measure.lowest <= measure.value(counts) <= measure.highest


@given(measures_with_counts(), st.integers(2, 9))
def test_a_value_and_its_variance_do_not_depend_on_how_many_say_the_same(
    given_counts: tuple[Measure, dict[str, int]], times: int
) -> None:
    measure, counts = given_counts
    more = {value: times * n for value, n in counts.items()}

    assert measure.value(more) == measure.value(counts)
    assert measure.variance(more) == measure.variance(counts)


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_points_rise_with_the_answer_from_the_lowest_to_the_highest(measure: Measure) -> None:
    points = [measure.points(value) for value in measure.values]

    assert points == sorted(points)
    assert (points[0], points[-1]) == (measure.lowest, measure.highest)
    allowed = {MeasureKind.SHARE: {0, 100}, MeasureKind.NET: {-100, 0, 100}}
    assert set(points) == allowed.get(measure.kind, set(range(0, 101, 5)))


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_a_measure_can_be_compared_and_sent_to_another_process(measure: Measure) -> None:
    assert pickle.loads(pickle.dumps(measure)) == measure
    assert hash(measure)
