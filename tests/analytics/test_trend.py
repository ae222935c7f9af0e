"""The words for change, and the sentence over a chart."""

from decimal import Decimal

import pytest

from analytics.disclosure import Wanted, decide
from analytics.trend import By, Change, ChangeWord, TrendPoint, changes, figure_words, finding
from survey.domain.measures import MEASURES, Measure

SATISFACTION = MEASURES["satisfaction"]
INDEX = MEASURES["engagement_index"]
NPS = MEASURES["nps"]
PERIODS = ["Q1 2026/27", "Q2 2026/27", "Q3 2026/27", "Q4 2026/27"]


def share(percent: int, n: int) -> dict[str, int]:
    return {"5": percent * n // 100, "2": n - percent * n // 100}


def trend(
    *counts: dict[str, int], measure: Measure = SATISFACTION, floor: int = 10
) -> list[TrendPoint]:
    cells = [Wanted(measure, each, floor=floor, opinion_of_people=True) for each in counts]
    shown = decide(cells)
    return [TrendPoint(*each) for each in zip(PERIODS, shown, changes(cells, shown), strict=False)]


def words(*counts: dict[str, int], measure: Measure = SATISFACTION) -> str:
    return finding(trend(*counts, measure=measure), measure, by=By.QUARTER)


def test_people_read_only_five_words_for_change() -> None:
    assert [word.value for word in ChangeWord] == [
        "clear rise",
        "clear fall",
        "no clear change",
        "too few answers to tell",
        "first figure",
    ]


def test_each_point_is_compared_with_the_one_before() -> None:
    points = trend(share(50, 80), share(75, 80), share(70, 80), share(40, 80))

    assert [point.change for point in points] == [
        Change(ChangeWord.FIRST_FIGURE),
        Change(ChangeWord.CLEAR_RISE, Decimal(25), clear=True),
        Change(ChangeWord.NO_CLEAR_CHANGE, Decimal(-5), clear=False),
        Change(ChangeWord.CLEAR_FALL, Decimal(-30), clear=True),
    ]


def test_a_change_is_rounded_after_subtracting_and_as_coarse_as_the_coarser_figure() -> None:
    # 37.5 and 43.333... are shown as 38 and 43.3; they are 5.8333... apart
    points = trend({"5": 30, "1": 50}, {"5": 65, "1": 85})

    assert [str(point.shown.value) for point in points] == ["38", "43.3"]
    assert str(points[1].change.value) == "6"


def test_between_two_groups_of_a_hundred_a_change_has_a_decimal() -> None:
    assert str(trend(share(50, 100), share(58, 100))[1].change.value) == "8.0"


def test_a_suppressed_period_has_no_change_and_lends_none_to_the_next() -> None:
    points = trend(share(50, 80), share(50, 36), share(90, 80), floor=40)

    assert [point.change for point in points[1:]] == [Change(ChangeWord.TOO_FEW)] * 2


def test_a_period_without_answers_is_passed_over() -> None:
    points = trend(share(50, 80), {}, share(75, 80))

    assert points[2].change.word is ChangeWord.CLEAR_RISE


def test_a_banded_figure_gives_a_word_but_no_number() -> None:
    points = trend(share(50, 80), share(100, 80))

    assert points[1].change == Change(ChangeWord.CLEAR_RISE, None, clear=True)


def test_too_few_for_a_test_still_shows_the_difference_of_what_is_shown() -> None:
    points = trend(share(50, 20), share(60, 20))

    assert points[1].change == Change(ChangeWord.TOO_FEW, Decimal(10), clear=None)


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        (
            [share(54, 50), share(76, 50)],
            "76 in 100 are satisfied, up from 54 the quarter before. That is a clear change.",
        ),
        (
            [share(76, 50), share(54, 50)],
            "54 in 100 are satisfied, down from 76 the quarter before. That is a clear change.",
        ),
        (
            [share(60, 50), share(62, 50)],
            "62 in 100 are satisfied. It was 60 the quarter before: no clear change.",
        ),
        (
            [share(60, 20), share(70, 20)],
            "70 in 100 are satisfied. Too few answers to tell whether that is a change.",
        ),
        ([share(62, 50)], "62 in 100 are satisfied. This is the first figure."),
        (
            [share(60, 80), share(62, 200)],
            "62.0% are satisfied. It was 60% the quarter before: no clear change.",
        ),
        (
            [share(54, 50), {}, share(76, 50)],
            "76 in 100 are satisfied, up from 54 in Q1 2026/27. That is a clear change.",
        ),
        (
            [share(54, 50), share(100, 50)],
            "Over 95 in 100 are satisfied, up from 54 the quarter before. That is a clear change.",
        ),
        ([share(50, 4)], "Too few answers to show for Q1 2026/27."),
        (
            [share(54, 50), share(50, 4)],
            "Too few answers to show for Q2 2026/27. Last shown, for Q1 2026/27: 54 in 100.",
        ),
        ([share(54, 50), {}], "Nobody answered in Q2 2026/27."),
        ([{}, {}], "Nobody has answered yet."),
        ([], "Nobody has answered yet."),
    ],
)
def test_a_chart_is_headed_by_its_finding(counts: list[dict[str, int]], sentence: str) -> None:
    assert words(*counts) == sentence


@pytest.mark.parametrize(
    ("key", "counts", "sentence"),
    [
        ("engagement_index", {"10": 25, "12": 25}, "The staff engagement index is 55."),
        ("nps", {"9": 10, "7": 16, "3": 24}, "The net promoter score is −28."),
        ("net_satisfaction", {"5": 30, "3": 10, "1": 10}, "Net satisfaction is 40."),
        ("ease", {"6": 31, "1": 19}, "62 in 100 found it easy."),
        (
            "first_contact_resolution",
            {"yes": 31, "no": 19},
            "62 in 100 had their query resolved the first time.",
        ),
    ],
)
def test_every_measure_has_its_own_words(key: str, counts: dict[str, int], sentence: str) -> None:
    assert words(counts, measure=MEASURES[key]) == f"{sentence} This is the first figure."


def test_every_measure_can_be_put_in_a_sentence() -> None:
    for measure in MEASURES.values():
        counts = {measure.values[0]: 20, measure.values[-1]: 30}
        assert words(counts, measure=measure).endswith("This is the first figure.")


def test_a_catalogue_replaces_whole_sentences() -> None:
    welsh = {
        "{figure} are satisfied": "Mae {figure} yn fodlon",
        "{figure} in 100": "{figure} o bob 100",
        "{now}. This is the first figure.": "{now}. Dyma'r ffigur cyntaf.",
    }

    sentence = finding(
        trend(share(62, 50)),
        SATISFACTION,
        by=By.QUARTER,
        translate=lambda message: welsh.get(message, message),
    )

    assert sentence == "Mae 62 o bob 100 yn fodlon. Dyma'r ffigur cyntaf."


def test_a_hidden_cell_has_no_figure_in_words() -> None:
    [point] = trend(share(50, 4))

    with pytest.raises(ValueError, match="no figure"):
        figure_words(point.shown, SATISFACTION)
