"""A person's turn for one new survey a week is kept only for what may have reached them (A19)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from survey.domain.waves import InvitationState
from survey.ports.channels import Asking, NotDelivered, Refusal
from survey.services import sending
from tests.support.application import NOON, Running
from tests.support.outgoing import a_campaign, change, invited
from tests.support.sending import Told, a_sender

DAY = timedelta(days=1)


@pytest.fixture
async def surveys(here: Running) -> Running:
    await here.publish("people-pulse")
    await here.publish("before-a-change")
    return here


def refusing(refusal: Refusal) -> Callable[[Asking], NotDelivered | None]:
    return lambda _: NotDelivered(refusal, "told", seconds=60)


async def all_sent(here: Running, channel: Told) -> None:
    sender = a_sender(here.core, channel, clock=here.clock)
    while await sender.send_due():
        pass


async def turns(here: Running, *people: UUID) -> dict[UUID, datetime]:
    async with here.core.begin.read() as work:
        return dict(await work.invitations.last_sent(people))


@pytest.mark.parametrize(
    ("refusal", "state"),
    [
        (Refusal.GONE, InvitationState.BLOCKED),
        (Refusal.FAULT, InvitationState.FAILED),
        (Refusal.LATER, InvitationState.WAITING),
        (Refusal.BUSY, InvitationState.WAITING),
        (Refusal.DOWN, InvitationState.HELD),
    ],
)
async def test_what_did_not_leave_takes_nobodys_turn(
    surveys: Running, refusal: Refusal, state: InvitationState
) -> None:
    lost = await a_campaign(surveys.core, questionnaire="people-pulse", people=2)

    await a_sender(surveys.core, Told(refuse=refusing(refusal)), clock=surveys.clock).send_due()

    assert {each.state for each in (await invited(surveys.core, lost.wave)).values()} == {state}
    assert await turns(surveys, *lost.people) == {}


@pytest.mark.parametrize("refusal", [Refusal.GONE, Refusal.FAULT, Refusal.LATER])
async def test_somebody_whom_one_survey_did_not_reach_is_asked_another_on_the_same_day(
    surveys: Running, refusal: Refusal
) -> None:
    """A19: the cap is on what people were asked."""
    lost = await a_campaign(surveys.core, questionnaire="people-pulse", people=2)
    await all_sent(surveys, Told(refuse=refusing(refusal)))
    await a_campaign(
        surveys.core, key="other", questionnaire="before-a-change", people=0, again=lost.people
    )
    works = Told()

    await all_sent(surveys, works)

    assert len(works.sent) == 2


async def test_whoever_was_not_reached_a_moment_ago_is_asked_another_survey_in_the_same_round(
    surveys: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The turn is given back before the next message asks for it."""
    monkeypatch.setattr(sending, "window", lambda *, alone: 1)
    minute = timedelta(minutes=1)
    surveys.clock.advance(minute)
    lost = await a_campaign(surveys.core, questionnaire="people-pulse", people=1)
    other = await a_campaign(
        surveys.core,
        key="other",
        questionnaire="before-a-change",
        people=0,
        again=lost.people,
        due_at=NOON + minute,
    )
    of_other = set(other.invitations)
    channel = Told(
        refuse=lambda asking: (
            None if asking.invitation in of_other else NotDelivered(Refusal.FAULT, "told")
        )
    )

    await all_sent(surveys, channel)

    assert len(channel.sent) == 1


async def test_a_message_in_doubt_keeps_the_turn(surveys: Running) -> None:
    lost = await a_campaign(surveys.core, questionnaire="people-pulse", people=1)
    channel = Told(refuse=refusing(Refusal.UNKNOWN))

    await all_sent(surveys, channel)
    assert set(await turns(surveys, *lost.people)) == set(lost.people)
    channel.refuse = refusing(Refusal.FAULT)
    surveys.clock.advance(DAY)
    await all_sent(surveys, channel)

    (only,) = (await invited(surveys.core, lost.wave)).values()
    assert only.state is InvitationState.FAILED
    assert set(await turns(surveys, *lost.people)) == set(lost.people)


async def test_the_turn_of_what_was_sent_before_comes_back(surveys: Running) -> None:
    first = await a_campaign(surveys.core, questionnaire="people-pulse", people=1)
    await all_sent(surveys, Told())
    surveys.clock.advance(8 * DAY)
    await a_campaign(
        surveys.core, key="other", questionnaire="before-a-change", people=0, again=first.people
    )

    await all_sent(surveys, Told(refuse=refusing(Refusal.GONE)))

    assert await turns(surveys, *first.people) == {first.people[0]: NOON}


async def test_a_second_message_in_vain_leaves_the_turn_of_the_first(surveys: Running) -> None:
    """A snoozed invitation was there once."""
    asked = await a_campaign(surveys.core, questionnaire="people-pulse", people=1)
    await all_sent(surveys, Told())
    async with surveys.core.begin() as work:
        await work.invitations.put_off(asked.invitations[0], until=NOON + DAY)
        await work.commit()
    surveys.clock.advance(DAY)

    await all_sent(surveys, Told(refuse=refusing(Refusal.GONE)))

    assert await turns(surveys, *asked.people) == {asked.people[0]: NOON}


async def test_of_two_schools_of_one_person_the_one_that_was_reached_keeps_the_turn(
    surveys: Running,
) -> None:
    """Both have one turn, whichever of the two messages is in vain."""
    one = await a_campaign(surveys.core, questionnaire="people-pulse", people=2)
    first, second = one.invitations
    ann = one.people[0]
    await change(surveys.core, first, body="oakfield")
    await change(surveys.core, second, body="elmwood", unit="elmwood", person=ann)

    await all_sent(
        surveys,
        Told(
            refuse=lambda asking: (
                NotDelivered(Refusal.FAULT, "told") if asking.invitation == second else None
            )
        ),
    )

    found = await invited(surveys.core, one.wave)
    assert [found[each].state for each in one.invitations] == [
        InvitationState.DELIVERED,
        InvitationState.FAILED,
    ]
    assert await turns(surveys, ann) == {ann: NOON}
