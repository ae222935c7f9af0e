"""Who is asked: samples, contacts of bodies, and who is left out and why."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.audience import contacts, counted_for, drawn, units_of, why_not
from survey.domain.campaign import Audience, Caps, Sample, SampleHow
from survey.domain.people import Person
from survey.domain.records import Unit
from survey.domain.waves import SkipReason
from tests.support.application import NOON

TREE = (
    Unit("schools", "Schools", "department"),
    Unit("north", "North", "team", "schools"),
    Unit("oak", "Oakfield", "school", "north"),
    Unit("elm", "Elmwood", "school", "north", ended_at=NOON),
    Unit("ash", "Ashfield", "school"),
)
PEOPLE = [UUID(int=n) for n in range(1, 101)]


def person(number: int = 1, *units: str, **more: Any) -> Person:
    return Person(UUID(int=number), f"p{number:02}", f"Person {number}", units, NOON, **more)


def rotating(**share: int) -> Sample:
    return Sample(how=SampleHow.ROTATING, **share)


@pytest.mark.parametrize(
    ("somebody", "known", "reason"),
    [
        (person(), {}, None),
        (person(ended_at=NOON, opted_out_at=NOON), {"open_problem": True}, SkipReason.LEFT),
        (person(opted_out_at=NOON), {"open_problem": True}, SkipReason.OPTED_OUT),
        (person(), {"open_problem": True}, SkipReason.OPEN_PROBLEM),
        (person(), {"last_sent_of": 30 * 24 - 1, "last_sent": 1}, SkipReason.SAME_SURVEY),
        (person(), {"last_sent_of": 30 * 24}, None),
        (person(), {"last_sent": 6 * 24 - 1}, SkipReason.RECENTLY_ASKED),
        (person(), {"last_sent": 6 * 24}, None),
    ],
)
def test_a19_whoever_is_left_out_is_so_for_one_reason(
    somebody: Person, known: dict[str, Any], reason: SkipReason | None
) -> None:
    hours = {name: known.get(name) for name in ("last_sent", "last_sent_of")}
    sent = {name: NOON - timedelta(hours=ago) if ago else None for name, ago in hours.items()}

    found = why_not(
        somebody,
        last_sent=sent["last_sent"],
        last_sent_of=sent["last_sent_of"],
        caps=Caps(),
        now=NOON,
        open_problem=bool(known.get("open_problem")),
    )

    assert found is reason


def test_a_unit_brings_what_lies_below_it_but_none_that_ended() -> None:
    assert units_of(Audience(), TREE) is None
    assert units_of(Audience(units=("schools",)), TREE) == frozenset({"schools", "north", "oak"})
    assert units_of(Audience(kinds=("school",)), TREE) == frozenset({"oak", "ash"})
    assert units_of(Audience(units=("schools",), kinds=("school",)), TREE) == frozenset({"oak"})
    assert units_of(Audience(units=("gone",)), TREE) == frozenset()


def test_somebody_counts_for_their_first_unit_that_was_asked() -> None:
    both = person(1, "ash", "oak")
    assert counted_for(both, None) == "ash"
    assert counted_for(both, {"oak"}) == "oak"
    assert counted_for(both, {"north"}) == "ash"
    assert counted_for(person(), None) == ""


def test_a_body_is_asked_through_one_person_by_role_and_then_by_key() -> None:
    audience = Audience(kinds=("school",), roles=("head", "bursar"))
    people = [
        person(4, "oak", roles=("head",), opted_out_at=NOON),
        person(3, "oak", "ash", roles=("bursar",)),
        person(2, "oak", roles=("head",)),
        person(1, "oak", roles=("bursar",)),
        person(5, "oak", "schools", roles=("head",)),
    ]

    found = contacts(people, TREE, audience)

    assert {unit: each.key for unit, each in found.items()} == {"ash": "p03", "oak": "p02"}


def test_a_body_of_which_nobody_may_be_asked_still_shows_whom_it_would_be() -> None:
    silent = person(1, "oak", ended_at=NOON)

    assert contacts([silent], TREE, Audience()) == {"oak": silent}


def test_a_random_sample_is_the_same_when_asked_again_and_another_in_the_next_wave() -> None:
    sample = Sample(size=10)
    first = drawn(PEOPLE, sample, campaign="pulse", number=1)

    assert len(first) == 10
    assert first == drawn(list(reversed(PEOPLE)), sample, campaign="pulse", number=1)
    assert first != drawn(PEOPLE, sample, campaign="pulse", number=2)
    assert first != drawn(PEOPLE, sample, campaign="other", number=1)
    assert len(drawn(PEOPLE, Sample(percent=3), campaign="pulse", number=1)) == 3
    assert len(drawn(PEOPLE[:5], Sample(percent=3), campaign="pulse", number=1)) == 1
    assert drawn(PEOPLE[:5], sample, campaign="pulse", number=1) == frozenset(PEOPLE[:5])
    assert drawn([], sample, campaign="pulse", number=1) == frozenset()


@pytest.mark.parametrize("sample", [rotating(size=30), rotating(percent=30), rotating(size=7)])
def test_a_rotating_sample_draws_nobody_twice_before_everybody_once(sample: Sample) -> None:
    times = Counter[UUID]()
    for number in range(1, 41):
        wave = drawn(PEOPLE, sample, campaign="pulse", number=number)
        assert len(wave) == (sample.size or 30)
        times.update(wave)
        assert max(times.values()) - min(times[each] for each in PEOPLE) <= 1


@given(
    gone=st.sets(st.sampled_from(PEOPLE), max_size=5),
    new=st.sets(st.integers(1_000, 2_000).map(lambda n: UUID(int=n)), max_size=5),
    number=st.integers(1, 30),
)
def test_whoever_comes_or_goes_moves_a_share_by_less_than_a_place_each(
    gone: set[UUID], new: set[UUID], number: int
) -> None:
    before = drawn(PEOPLE, rotating(percent=20), campaign="pulse", number=number)
    after = drawn({*PEOPLE, *new} - gone, rotating(percent=20), campaign="pulse", number=number)

    assert len((before - gone) - after) <= 2 * (len(gone) + len(new))
