"""What may be shown, row by row of the table that decides it."""

from dataclasses import fields
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.disclosure import (
    CellStatus,
    Shown,
    Wanted,
    band_ends,
    decide,
    may_replace,
    people_band,
)
from survey.domain.measures import MEASURES, Measure
from tests.survey.domain.test_measures import measures_with_counts

SATISFACTION = MEASURES["satisfaction"]
INDEX = MEASURES["engagement_index"]
NPS = MEASURES["nps"]
TEN_OF_THE_QUALITY_NOTE = {
    "13": 1, "5": 1, "14": 1, "7": 2, "10": 1, "20": 1, "18": 1, "8": 1, "4": 1,
}  # fmt: skip


def shown(
    measure: Measure, counts: dict[str, int], *, floor: int = 10, opinion: bool = True
) -> Shown:
    [found] = decide([Wanted(measure, counts, floor=floor, opinion_of_people=opinion)])
    return found


def satisfied(favourable: int, n: int, *, floor: int = 10) -> Shown:
    return shown(SATISFACTION, {"5": favourable, "2": n - favourable}, floor=floor)


def test_nine_people_are_suppressed_and_ten_are_shown() -> None:
    assert satisfied(5, 9) == Shown(CellStatus.SUPPRESSED)
    assert satisfied(5, 10).status is CellStatus.PUBLISHED


def test_the_ten_of_the_quality_note_show_53_and_their_number_as_a_band() -> None:
    assert shown(INDEX, TEN_OF_THE_QUALITY_NOTE) == Shown(
        CellStatus.PUBLISHED,
        value=Decimal(53),
        n_band="10-19",
        low=Decimal(33),
        high=Decimal(73),
    )


def test_from_50_people_their_number_is_exact_and_from_100_there_is_a_decimal() -> None:
    assert satisfied(31, 49).n_band == "40-49"
    assert satisfied(31, 50) == Shown(
        CellStatus.PUBLISHED, value=Decimal(62), n=50, low=Decimal(48), high=Decimal(74)
    )
    assert [str(satisfied(61, 99).value), str(satisfied(61, 99).low)] == ["62", "52"]
    assert [str(satisfied(62, 100).value), str(satisfied(62, 100).low)] == ["62.0", "52.2"]


@pytest.mark.parametrize("n", [10, 49, 50, 400])
def test_nobody_or_everybody_favourable_is_a_band_without_an_interval(n: int) -> None:
    nobody, everybody = satisfied(0, n), satisfied(n, n)

    assert (nobody.status, nobody.value_band) == (CellStatus.BANDED, "under 5")
    assert (everybody.status, everybody.value_band) == (CellStatus.BANDED, "over 95")
    for cell in (nobody, everybody):
        assert (cell.value, cell.low, cell.high) == (None, None, None)
        assert (cell.n is None) == (n < 50) == (cell.n_band is not None)


@pytest.mark.parametrize(
    ("measure", "answer", "band"),
    [
        (NPS, "10", "over 95"),
        (NPS, "0", "under -95"),
        (NPS, "7", "-5 to 5"),
        (INDEX, "20", "over 95"),
        (INDEX, "0", "under 5"),
        (INDEX, "12", "55 to 65"),
    ],
)
def test_people_of_one_mind_are_banded_in_every_measure(
    measure: Measure, answer: str, band: str
) -> None:
    assert shown(measure, {answer: 30}) == Shown(CellStatus.BANDED, value_band=band, n_band="30-39")


def test_different_answers_with_the_same_points_are_of_one_mind_too() -> None:
    assert shown(SATISFACTION, {"4": 8, "5": 8}).value_band == "over 95"


def test_answers_of_bodies_are_shown_whatever_their_number() -> None:
    assert shown(SATISFACTION, {"5": 24, "1": 6}, opinion=False).n == 30
    assert shown(SATISFACTION, {"5": 3}, opinion=False).value == 100
    assert shown(INDEX, {"20": 1}, opinion=False) == Shown(
        CellStatus.PUBLISHED, value=Decimal(100), n=1
    )


@pytest.mark.parametrize("opinion", [True, False])
def test_a_cell_of_nobody_has_no_data(opinion: bool) -> None:
    assert shown(SATISFACTION, {"5": 0}, opinion=opinion) == Shown(CellStatus.NO_DATA)


def test_a_higher_floor_suppresses_more_and_starts_the_bands_later() -> None:
    assert satisfied(5, 14, floor=15).status is CellStatus.SUPPRESSED
    assert satisfied(5, 15, floor=15).n_band == "15-19"
    assert satisfied(5, 20, floor=15).n_band == "20-29"
    assert satisfied(5, 49, floor=60).status is CellStatus.SUPPRESSED
    assert satisfied(5, 60, floor=60).n == 60


@pytest.mark.parametrize(("floor", "first"), [(10, "10-19"), (16, "16-29"), (19, "19-29")])
def test_a_first_band_that_would_tell_the_number_is_joined_to_the_next(
    floor: int, first: str
) -> None:
    assert people_band(floor, floor=floor) == first


def test_a_floor_below_ten_is_refused() -> None:
    with pytest.raises(ValueError, match="floor"):
        satisfied(5, 9, floor=9)


def test_a_table_is_decided_in_its_order() -> None:
    cells = [Wanted(SATISFACTION, {"5": n, "1": n}, 10, True) for n in (2, 20, 0)]

    assert [cell.status for cell in decide(cells)] == ["suppressed", "published", "no_data"]


@given(measures_with_counts(), st.integers(10, 60))
def test_a_suppressed_cell_carries_nothing_but_its_status(
    given_counts: tuple[Measure, dict[str, int]], floor: int
) -> None:
    measure, counts = given_counts
    found = shown(measure, counts, floor=floor)

    if sum(counts.values()) < floor:
        assert found.status is CellStatus.SUPPRESSED
        assert [getattr(found, field.name) for field in fields(found)[1:]] == [None] * 6
    else:
        assert found.status in (CellStatus.PUBLISHED, CellStatus.BANDED)


@given(measures_with_counts(), st.integers(10, 60))
def test_a_shown_cell_has_either_a_value_within_its_interval_or_a_band(
    given_counts: tuple[Measure, dict[str, int]], floor: int
) -> None:
    found = shown(*given_counts, floor=floor)

    if found.status is CellStatus.PUBLISHED:
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.value <= found.high
        assert found.value_band is None
    if found.status is CellStatus.BANDED:
        assert found.value_band is not None
        assert (found.value, found.low, found.high) == (None, None, None)


@given(measures_with_counts(), st.integers(10, 60))
def test_the_number_of_people_is_exact_or_banded_and_the_band_holds_it(
    given_counts: tuple[Measure, dict[str, int]], floor: int
) -> None:
    found = shown(*given_counts, floor=floor)
    n = sum(given_counts[1].values())

    if n >= max(floor, 50):
        assert (found.n, found.n_band) == (n, None)
    elif n >= floor:
        assert found.n is None
        assert found.n_band is not None
        low, high = map(int, found.n_band.split("-"))
        assert floor <= low <= n <= high < 50


@given(st.integers(10, 49))
def test_the_bands_of_a_floor_follow_each_other_without_gap(floor: int) -> None:
    bands = list(dict.fromkeys(people_band(n, floor=floor) for n in range(floor, 50)))
    ends = [tuple(map(int, band.split("-"))) for band in bands]

    assert (ends[0][0], ends[-1][1]) == (floor, 49)
    assert all(after[0] == before[1] + 1 for before, after in pairwise(ends))


@pytest.mark.parametrize(
    ("previous", "new", "final", "may"),
    [
        (None, 10, False, True),
        (20, 29, False, False),
        (20, 30, False, True),
        (20, 21, True, True),
        (20, 20, False, False),
        (30, 20, False, False),
    ],
)
def test_a_shown_figure_stands_until_ten_more_people_are_in_it_or_it_is_final(
    previous: int | None, new: int, final: bool, may: bool
) -> None:
    assert may_replace(previous, new, floor=10, final=final) is may


def test_a_value_band_gives_its_ends() -> None:
    assert band_ends("over 95") == (Decimal(95), None)
    assert band_ends("under -95") == (None, Decimal(-95))
    assert band_ends("-5 to 5") == (Decimal(-5), Decimal(5))
    with pytest.raises(ValueError, match="not a value band"):
        band_ends("about 5")
