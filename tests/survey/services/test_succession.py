"""Whoever was asked for a school leaves while the wave is open: the next contact is asked."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from survey.db import tables
from survey.domain.audit import OPERATOR
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy
from survey.domain.waves import Invitation, InvitationState, SkipReason
from tests.support.application import NOON, Running
from tests.support.sending import Told, a_sender
from tests.survey.services.campaigning import campaign, invitation, person, plan, put, wave

CHECK = "school-service-check"
DAY = timedelta(days=1)
HEAD = person(1, "oakfield", roles=("head",))
BURSAR = person(2, "oakfield", roles=("bursar",))
COOK = person(3, "oakfield", roles=("cook",))
AUDIENCE = {"kinds": ["school"], "roles": ["head", "bursar"]}


@pytest.fixture
async def school(here: Running) -> Running:
    """Oakfield, whose head was asked at noon."""
    await here.publish(CHECK)
    planned = plan(questionnaire=CHECK, audience=AUDIENCE)
    opened = wave(privacy=Privacy.ATTRIBUTED, questionnaire=CHECK)
    asked = invitation(HEAD, body="oakfield")
    await put(
        here,
        campaigns=[campaign(planned)],
        waves=[opened],
        people=[HEAD, BURSAR, COOK],
        asked=[asked],
    )
    await sent(here)
    return here


async def sent(here: Running) -> list[UUID]:
    """Send what is due; whose invitation each message was."""
    channel = Told()
    sender = a_sender(here.core, channel, clock=here.clock)
    while await sender.send_due():
        pass
    return [each.invitation for each in channel.sent]


async def change(here: Running, who: Person, **values: Any) -> None:
    await put(here, people=[replace(who, revision=who.revision + 1, **values)])


async def the_one(here: Running) -> Invitation:
    async with here.core.begin.read() as work:
        (only,) = await work.invitations.listed(
            "pulse.1", list(InvitationState), limit=10, after=None
        )
    return only


async def noted(here: Running) -> list[tuple[str, str, dict[str, Any]]]:
    chosen = select(tables.audit.c.action, tables.audit.c.actor, tables.audit.c.details)
    async with here.core.database.reading() as connection:
        rows = await connection.execute(chosen.where(tables.audit.c.action.like("invitation.%")))
        return [(row.action, row.actor, row.details) for row in rows]


@pytest.mark.parametrize(
    "gone", [{"ended_at": NOON}, {"units": ("elmwood",)}, {"roles": ("governor",)}]
)
async def test_the_next_contact_is_asked_where_the_first_has_left_moved_or_changed_their_role(
    school: Running, gone: dict[str, Any]
) -> None:
    before = await the_one(school)
    await change(school, HEAD, **gone)

    assert await school.core.waves.pass_on() == 1
    assert await school.core.waves.pass_on() == 0

    now = await the_one(school)
    assert (now.id, now.person, now.state) == (before.id, BURSAR.id, InvitationState.WAITING)
    assert await sent(school) == [before.id]
    assert (await the_one(school)).state is InvitationState.DELIVERED
    assert await noted(school) == [("invitation.passed_on", "service", {"unit": "oakfield"})]


async def test_the_next_contact_is_asked_where_the_first_was_erased(school: Running) -> None:
    await school.core.rights.erase(HEAD.id, by=OPERATOR)

    assert await school.core.waves.pass_on() == 1

    assert (await the_one(school)).person == BURSAR.id
    assert len(await sent(school)) == 1


async def test_nobody_else_is_asked_while_whoever_was_asked_is_there_or_has_answered(
    school: Running,
) -> None:
    assert await school.core.waves.pass_on() == 0
    only = await the_one(school)
    async with school.core.begin() as work:
        was = {InvitationState.DELIVERED}
        await work.invitations.set_state(only.id, InvitationState.ANSWERED, was=was)
        await work.commit()
    await change(school, HEAD, ended_at=NOON)

    assert await school.core.waves.pass_on() == 0
    assert (await the_one(school)).person == HEAD.id


async def test_a_school_with_nobody_left_is_not_asked_and_counted_until_somebody_comes(
    school: Running,
) -> None:
    """A19: the sums equal the audience, and the reason is counted."""
    for each in (HEAD, BURSAR):
        await change(school, each, ended_at=NOON)

    assert await school.core.waves.pass_on() == 0
    assert await school.core.waves.pass_on() == 0

    async with school.core.begin.read() as work:
        standing = await work.invitations.standing("pulse.1")
    assert standing.audience == 1
    reason = (InvitationState.SKIPPED, SkipReason.NOBODY_TO_ASK)
    assert standing.reasons == {reason: 1}
    assert await sent(school) == []
    newcomer = person(4, "oakfield", roles=("head",))
    await put(school, people=[newcomer])
    assert await school.core.waves.pass_on() == 1
    assert (await the_one(school)).person == newcomer.id
    assert len(await sent(school)) == 1
    assert [action for action, _, _ in await noted(school)] == [
        "invitation.nobody_to_ask",
        "invitation.passed_on",
    ]


async def test_who_was_asked_something_else_lately_is_not_asked_before_their_time(
    school: Running,
) -> None:
    """A19: the caps hold for who stands in, too."""
    other = invitation(BURSAR, "other.1")
    await school.publish("people-pulse")
    await put(school, campaigns=[campaign(plan("other"))], waves=[wave("other")], asked=[other])
    assert await sent(school) == [other.id]
    await change(school, HEAD, ended_at=NOON)

    assert await school.core.waves.pass_on() == 0
    assert (await the_one(school)).reason == SkipReason.NOBODY_TO_ASK
    school.clock.advance(7 * DAY)
    assert await school.core.waves.pass_on() == 1
    assert (await the_one(school)).person == BURSAR.id


async def test_whom_a_colleague_has_chosen_keeps_it_whatever_their_role(school: Running) -> None:
    only = await the_one(school)
    await school.core.bodies.hand_on(only.id, COOK.id, by=OPERATOR)

    assert await school.core.waves.pass_on() == 0

    await change(school, COOK, units=("elmwood",))
    assert await school.core.waves.pass_on() == 1
    now = await the_one(school)
    assert (now.person, now.delegated_by) == (HEAD.id, None)
