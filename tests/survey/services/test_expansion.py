"""Writing a wave's invitations: each person once, whoever writes them (A10, A19)."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from survey.domain.audit import OPERATOR
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy
from survey.domain.records import Unit
from survey.domain.waves import Invitation, InvitationState, SkipReason, WaveState
from survey.services import expansion
from survey.services.expansion import Expansion
from survey.services.open_cases import OpenCases
from tests.support.application import NOON, Running
from tests.support.cutting import cut_off
from tests.survey.services.campaigning import (
    campaign,
    hold,
    invitation,
    messages,
    person,
    plan,
    put,
    sent,
    states,
    the_wave,
    wave,
)

DAY = timedelta(days=1)
ZONE = ZoneInfo("Europe/London")


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> int:
    """Chunks so small that some people fill several."""
    monkeypatch.setattr(expansion, "AT_ONCE", 10)
    return 10


async def set_up(here: Running, people: list[Person], **given: Any) -> None:
    """An open wave whose invitations are to be written."""
    privacy = given.pop("privacy", Privacy.CONFIDENTIAL)
    await here.publish(given.get("questionnaire", "people-pulse"))
    planned = plan(**given)
    opened = wave(expanded_at=None, privacy=privacy, questionnaire=planned.questionnaire)
    await put(here, campaigns=[campaign(planned)], waves=[opened], people=people)


async def expand(here: Running) -> None:
    while await here.core.waves.expand_due():
        pass


async def asked(here: Running) -> list[Invitation]:
    async with here.core.begin.read() as work:
        found = await work.invitations.listed(
            "pulse.1", list(InvitationState), limit=10_000, after=None
        )
    return sorted(found, key=lambda each: (each.person is None, str(each.person), each.body))


async def test_everybody_of_the_audience_gets_one_invitation_and_one_message(
    here: Running, few_at_once: int
) -> None:
    everybody = [person(number) for number in range(1, 4 * few_at_once + 3)]
    await set_up(here, everybody)

    await expand(here)

    assert [each.person for each in await asked(here)] == [each.id for each in everybody]
    assert await messages(here) == [(0, None)] * len(everybody)
    assert (await the_wave(here)).expanded_at == NOON


@pytest.mark.parametrize("count", [0, 10, 20])
async def test_an_audience_that_fills_its_chunks_exactly_or_is_empty_is_finished_too(
    here: Running, few_at_once: int, count: int
) -> None:
    assert count % few_at_once == 0
    await set_up(here, [person(number) for number in range(1, count + 1)])

    await expand(here)

    assert (await the_wave(here)).expanded_at is not None
    assert len(await asked(here)) == count


async def test_fifty_expansions_at_once_write_each_invitation_once(
    here: Running, few_at_once: int
) -> None:
    """A10."""
    everybody = [person(number) for number in range(1, 8 * few_at_once + 1)]
    await set_up(here, everybody)

    await asyncio.gather(*(expand(here) for _ in range(50)))

    assert [each.person for each in await asked(here)] == [each.id for each in everybody]
    assert await messages(here) == [(0, None)] * len(everybody)


async def test_an_expansion_goes_on_where_a_killed_one_stood(
    here: Running, few_at_once: int
) -> None:
    """A10: whatever is cut off is not kept, at any of its steps."""
    everybody = [person(number) for number in range(1, 5 * few_at_once)]
    await set_up(here, everybody)

    cut, wait = True, 0
    while cut:
        wait += 1
        (cut,) = await cut_off((here.core.waves.expand_due(), wait))
    await expand(here)

    assert [each.person for each in await asked(here)] == [each.id for each in everybody]
    assert await messages(here) == [(0, None)] * len(everybody)


async def test_who_is_not_asked_has_a_row_that_says_why(here: Running) -> None:
    """A19: each skip has a counted reason."""
    yesterday = NOON - DAY
    people = [
        person(1),
        person(2, opted_out_at=yesterday),
        person(3, ended_at=yesterday),
        person(4),
    ]
    await set_up(here, people)
    other = invitation(people[3], "other.1")
    await put(
        here,
        campaigns=[campaign(plan("other"))],
        waves=[wave("other")],
        asked=[other],
    )
    await sent(here, other, 0, at=yesterday)

    await expand(here)

    assert [(each.state, each.reason) for each in await asked(here)] == [
        (InvitationState.WAITING, None),
        (InvitationState.SKIPPED, SkipReason.OPTED_OUT),
        (InvitationState.SKIPPED, SkipReason.LEFT),
        (InvitationState.SKIPPED, SkipReason.SAME_SURVEY),
    ]
    assert len(await messages(here)) == 1


async def test_people_are_counted_for_the_unit_in_which_they_are_asked(here: Running) -> None:
    people = [person(1, "elmwood", "oakfield"), person(2, "adult-social-care")]
    await set_up(here, people, audience={"units": ["schools"]})

    await expand(here)

    assert [(each.person, each.unit) for each in await asked(here)] == [(people[0].id, "elmwood")]


async def test_a_sample_is_drawn_once_for_all_chunks(here: Running, few_at_once: int) -> None:
    everybody = [person(number) for number in range(1, 3 * few_at_once + 1)]
    await set_up(here, everybody, audience={"sample": {"size": 7}})

    await expand(here)

    assert len(await asked(here)) == 7


async def test_who_is_drawn_waits_until_their_message_is_written_and_has_not_expired(
    here: Running, few_at_once: int
) -> None:
    everybody = [person(number) for number in range(1, 3 * few_at_once + 1)]
    await set_up(here, everybody, audience={"sample": {"size": 15}})

    await here.core.waves.expand_due()

    assert {each.state for each in await asked(here)} == {InvitationState.EXPIRED}
    assert await states(here) == {InvitationState.WAITING: 15}


SAMPLES = ({"size": 13}, {"how": "rotating", "size": 13}, {"percent": 40})


@pytest.mark.parametrize("sample", SAMPLES)
async def test_a_sample_stays_as_it_was_drawn_whoever_comes_and_goes_and_whoever_writes_it(
    here: Running, few_at_once: int, sample: dict[str, Any]
) -> None:
    """A10: two processes take turns, and people change between their chunks."""
    everybody = [person(number) for number in range(1, 3 * few_at_once + 1)]
    await set_up(here, everybody, audience={"sample": sample})
    core = here.core
    other = Expansion(core.begin, here.clock, core.ids, core.calendar.days, OpenCases(), ZONE)
    await here.core.waves.expand_due()
    drawn = [each.person for each in await asked(here)]
    left, erased = [each for each in everybody if each.id in drawn][:2]
    newcomers = [person(number) for number in range(100, 160)]
    await put(here, people=[*newcomers, replace(left, ended_at=NOON, revision=2)])

    await here.core.rights.erase(erased.id, by=OPERATOR)
    await other.expand_due()
    await asyncio.gather(expand(here), *(other.expand_due() for _ in range(4)))

    found = await asked(here)
    size = {"size": 13, "percent": 12}[next(key for key in sample if key != "how")]
    assert len(found) == len(drawn) == size
    assert {each.person for each in found if each.person} == {*drawn} - {erased.id}
    assert Counter((each.state, each.reason) for each in found) == {
        (InvitationState.WAITING, None): size - 2,
        (InvitationState.SKIPPED, SkipReason.LEFT): 2,
    }
    assert await messages(here) == [(0, None)] * (size - 2)
    assert (await the_wave(here)).expanded_at == NOON


async def test_a_sample_whose_wave_ends_while_its_messages_are_written_leaves_nobody_in_limbo(
    here: Running, few_at_once: int
) -> None:
    everybody = [person(number) for number in range(1, 3 * few_at_once + 1)]
    await set_up(here, everybody, audience={"sample": {"size": 15}})
    await here.core.waves.expand_due()
    await here.core.waves.expand_due()
    here.clock.advance(15 * DAY)

    await here.core.waves.close_due()
    await here.core.waves.drop_unsent()
    await expand(here)

    assert await states(here) == {InvitationState.EXPIRED: 15}


async def test_one_person_is_asked_for_each_body_that_answers_as_one(
    here: Running, few_at_once: int
) -> None:
    heads = [person(5, "oakfield", roles=("head",)), person(9, "elmwood", roles=("head",))]
    others = [person(number, "oakfield") for number in range(11, 11 + 2 * few_at_once)]
    await set_up(
        here,
        [*heads, *others],
        questionnaire="school-service-check",
        audience={"kinds": ["school"], "roles": ["head"]},
        privacy=Privacy.ATTRIBUTED,
    )

    await expand(here)

    assert [(each.person, each.body, each.unit) for each in await asked(here)] == [
        (heads[0].id, "oakfield", "oakfield"),
        (heads[1].id, "elmwood", "elmwood"),
    ]


async def test_who_stands_for_several_bodies_is_asked_for_each(here: Running) -> None:
    both = person(1, "oakfield", "elmwood")
    await set_up(
        here,
        [both],
        questionnaire="school-service-check",
        audience={"kinds": ["school"]},
        privacy=Privacy.ATTRIBUTED,
    )

    await expand(here)

    assert [each.body for each in await asked(here)] == ["elmwood", "oakfield"]


async def test_a_wave_that_was_closed_while_it_was_expanded_invites_nobody_more(
    here: Running, few_at_once: int
) -> None:
    """Closed wins (B61)."""
    await set_up(here, [person(number) for number in range(1, 3 * few_at_once)])
    await here.core.waves.expand_due()
    half = await the_wave(here)
    async with here.core.begin() as work:
        await work.waves.set_state(half.key, WaveState.STOPPED, at=NOON, was=WaveState.OPEN)
        await work.commit()

    late = await here.core.waves._expansion.expand(half)

    assert (late, len(await asked(here))) == (0, few_at_once)
    assert await here.core.waves.expand_due() is False


async def test_a_restored_backup_invites_nobody_until_it_is_told_to(here: Running) -> None:
    await set_up(here, [person(1)])
    await hold(here)

    assert await here.core.waves.expand_due() is False
    assert await states(here) == {}


async def test_somebody_added_before_their_place_was_passed_is_asked_too(
    here: Running, few_at_once: int
) -> None:
    await set_up(here, [person(number) for number in range(1, 2 * few_at_once)])
    await here.core.waves.expand_due()
    await put(here, people=[person(1_000)])

    await expand(here)

    assert person(1_000).id in {each.person for each in await asked(here)}


async def test_an_archived_school_has_nobody_to_answer_for_it(here: Running) -> None:
    async with here.core.begin() as work:
        old = Unit("old-hall", "Old Hall", "school", ended_at=NOON - DAY)
        await work.organisation.put_units([old])
        await work.commit()
    await set_up(
        here,
        [person(1, "oakfield"), person(2, "old-hall")],
        questionnaire="school-service-check",
        audience={"kinds": ["school"]},
        privacy=Privacy.ATTRIBUTED,
    )

    await expand(here)

    assert [each.body for each in await asked(here)] == ["oakfield"]
