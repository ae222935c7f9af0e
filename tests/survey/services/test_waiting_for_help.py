"""Nobody who waits for help with a service is asked how satisfied they are with it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from survey.domain import case_acts as acts
from survey.domain.campaign import Audience, Sample, SampleHow
from survey.domain.cases import Case
from survey.domain.questionnaire import Privacy
from survey.domain.waves import InvitationState, Outcome, SkipReason
from tests.support.application import NOON, Running
from tests.support.cases import a_case, an_entry
from tests.support.outgoing import a_campaign, change, invited, remind, rows_of
from tests.support.sending import ALWAYS, Told, a_sender
from tests.survey.services.campaigning import campaign, person, plan, put, wave

SATISFACTION = "service-satisfaction"
DAY = timedelta(days=1)


async def waits(here: Running, who: UUID, service: str = "payroll") -> Case:
    return await a_case(here, person=who, service=service, unit="oakfield")


async def ends(here: Running, case: Case) -> None:
    await an_entry(here, case, acts.declined("not_ours", "Ask your school"))


async def send(here: Running) -> Told:
    channel = Told()
    sender = a_sender(here.core, channel, clock=here.clock)
    while await sender.send_due():
        pass
    return channel


async def expanded(here: Running, **given: Any) -> dict[UUID | None, str | None]:
    """Who was asked in a wave, and why not; person 1 waits for help, 2 for help that came, 3 does
    not."""
    questionnaire = given.pop("questionnaire", SATISFACTION)
    privacy = given.pop("privacy", Privacy.CONFIDENTIAL)
    await here.publish(questionnaire)
    opened = wave(expanded_at=None, questionnaire=questionnaire, privacy=privacy)
    people = [person(number) for number in (1, 2, 3)]
    planned = plan(questionnaire=questionnaire, **given)
    await put(here, campaigns=[campaign(planned)], waves=[opened], people=people)
    await waits(here, people[0].id)
    await ends(here, await waits(here, people[1].id))
    while await here.core.waves.expand_due():
        pass
    async with here.core.begin.read() as work:
        found = await work.invitations.listed(
            "pulse.1", list(InvitationState), limit=10, after=None
        )
    return {each.person: each.reason for each in found}


@pytest.mark.parametrize(
    "audience", [Audience(), Audience(sample=Sample(how=SampleHow.RANDOM, size=3))], ids=str
)
async def test_a_wave_leaves_out_whoever_waits_and_says_why(
    here: Running, audience: Audience
) -> None:
    asked = await expanded(here, audience=audience)

    open_problem = SkipReason.OPEN_PROBLEM
    assert asked == {UUID(int=1): open_problem, UUID(int=2): None, UUID(int=3): None}


async def test_a_survey_about_no_service_asks_them_like_anybody(here: Running) -> None:
    asked = await expanded(here, questionnaire="people-pulse")

    assert set(asked.values()) == {None}


async def test_whoever_answers_for_a_school_is_left_out_too(here: Running) -> None:
    await here.publish("school-service-check")
    planned = plan(questionnaire="school-service-check")
    opened = wave(expanded_at=None, questionnaire=planned.questionnaire, privacy=Privacy.ATTRIBUTED)
    await put(here, campaigns=[campaign(planned)], waves=[opened], people=[person(1)])
    await waits(here, UUID(int=1))
    while await here.core.waves.expand_due():
        pass

    [only] = (await invited(here.core, "pulse.1")).values()
    assert (only.state, only.reason) == (InvitationState.SKIPPED, SkipReason.OPEN_PROBLEM)


async def test_the_plan_says_how_many_wait(here: Running) -> None:
    await here.publish(SATISFACTION)
    people = [person(number, email="a@b.example") for number in (1, 2, 3)]
    await put(here, people=people)
    await waits(here, people[0].id)

    about = await here.core.campaigns.preview(plan(questionnaire=SATISFACTION))
    other = await here.core.campaigns.preview(plan(questionnaire="people-pulse"))

    assert about.reach.skipped == {SkipReason.OPEN_PROBLEM: 1}
    assert (about.reach.asked, other.reach.asked, other.reach.skipped) == (2, 3, {})


async def test_a_report_made_before_the_message_leaves_keeps_it_back(here: Running) -> None:
    await here.publish(SATISFACTION)
    sending = await a_campaign(here.core, questionnaire=SATISFACTION, people=3, hours=ALWAYS)
    await waits(here, sending.people[0])
    await waits(here, sending.people[1], service="it")
    await ends(here, await waits(here, sending.people[2]))

    channel = await send(here)

    asked = await invited(here.core, sending.wave)
    assert [each.invitation for each in channel.sent] == [sending.invitations[2]]
    told = [(asked[each].state, asked[each].reason) for each in sending.invitations[:2]]
    assert told == [(InvitationState.SKIPPED, SkipReason.OPEN_PROBLEM)] * 2
    # They took no turn: something else may ask them today.
    await here.publish("people-pulse")
    other = await a_campaign(
        here.core,
        key="other",
        questionnaire="people-pulse",
        people=0,
        again=sending.people[:2],
        hours=ALWAYS,
    )
    assert {each.invitation for each in (await send(here)).sent} == set(other.invitations)


async def test_a_reminder_is_kept_back_and_what_was_asked_stays_asked(here: Running) -> None:
    await here.publish(SATISFACTION)
    sending = await a_campaign(here.core, questionnaire=SATISFACTION, people=2, hours=ALWAYS)
    await send(here)
    here.clock.advance(7 * DAY)
    await waits(here, sending.people[0])
    await remind(here.core, sending, number=1, due_at=here.clock.now())

    channel = await send(here)

    waiting, other = sending.invitations
    assert [each.invitation for each in channel.sent] == [other]
    assert (await invited(here.core, sending.wave))[waiting].state is InvitationState.DELIVERED
    row = (await rows_of(here.core, sending.wave))[waiting]
    assert (row.outcome, row.reason) == (Outcome.DROPPED, SkipReason.OPEN_PROBLEM)


async def test_after_a_contact_it_counts_what_the_contact_was_about(here: Running) -> None:
    await here.publish(SATISFACTION)
    sending = await a_campaign(here.core, questionnaire=SATISFACTION, people=2, hours=ALWAYS)
    for each in sending.invitations:
        await change(here.core, each, about="A call", about_service="it", about_day=NOON.date())
    await waits(here, sending.people[0], service="it")
    await waits(here, sending.people[1], service="payroll")

    channel = await send(here)

    assert [each.invitation for each in channel.sent] == [sending.invitations[1]]
