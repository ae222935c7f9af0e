"""A18, the part of the calendar: nothing leaves outside its hours, and no date is lost silently."""

from collections import Counter
from random import Random

import pytest

from tests.support.soaking import Soak
from tests.survey.domain.random_calendars import check

CASES = 2_000
ROUND = 10_000


def played(first: int, number: int) -> Counter[str]:
    covered: Counter[str] = Counter()
    for seed in range(first, first + number):
        try:
            covered += check(Random(seed))
        except AssertionError as error:
            error.add_note(f"check(Random({seed}))")
            raise
    return covered


def test_a18_random_schedules_hours_closures_and_pauses_of_ten_years() -> None:
    covered = played(0, CASES)

    assert covered["schedules"] == CASES
    for kind in ("may leave", "held, quiet_hours", "held, closed_day", "held, pause"):
        assert covered[kind] > 20, covered
    assert min(covered["waves"], covered["dates moved"], covered["dates left out"]) > 1_000


@pytest.mark.soak
def test_a18_random_schedules_for_as_long_as_there_is_time(soak: Soak) -> None:
    soak.play(lambda seed: played(seed * ROUND, ROUND))
