"""Invitations whose message is not sent after all: none waits for ever. On both databases."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete

from survey.db.tables import people
from survey.domain.audit import OPERATOR
from survey.domain.waves import InvitationState, WaveState
from survey.ports.channels import Asking, NotDelivered, Refusal
from tests.support.application import NOON, Running
from tests.support.outgoing import Sending, a_campaign, change, invited
from tests.support.sending import Told, a_sender

DAY = timedelta(days=1)


@pytest.fixture
async def pulse(here: Running) -> Running:
    await here.publish("people-pulse")
    return here


async def all_sent(here: Running, channel: Told) -> None:
    sender = a_sender(here.core, channel, clock=here.clock)
    while await sender.send_due():
        pass


async def ended(here: Running, sending: Sending) -> list[tuple[str, str | None]]:
    """Close the wave, drop what was unsent a day later; each state with its reason."""
    await close(here, sending)
    here.clock.advance(DAY)
    await here.core.waves.drop_unsent()
    async with here.core.begin.read() as work:
        assert await work.waves.ended_with_messages() == []
    return await stands(here, sending)


async def close(here: Running, sending: Sending) -> None:
    async with here.core.begin() as work:
        await work.waves.set_state(
            sending.wave, WaveState.CLOSED, at=here.clock.now(), was=WaveState.OPEN
        )
        await work.commit()


async def stands(here: Running, sending: Sending) -> list[tuple[str, str | None]]:
    asked = await invited(here.core, sending.wave)
    return sorted(((each.state.value, each.reason) for each in asked.values()), key=str)


async def test_what_is_in_doubt_when_its_wave_closes_is_dropped_and_expires(pulse: Running) -> None:
    """A12: nothing in limbo."""
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=1)
    await all_sent(pulse, Told(refuse=lambda _: NotDelivered(Refusal.UNKNOWN, "timeout")))

    assert await ended(pulse, sending) == [("expired", None)]


async def test_what_is_claimed_when_its_wave_closes_expires(pulse: Running) -> None:
    """A12, B61: closed between claim and send."""
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=12)

    class Closing(Told):
        async def send(self, address, asking, *, at):  # type: ignore[no-untyped-def]
            delivered = await super().send(address, asking, at=at)
            if len(self.sent) == 1:
                await close(pulse, sending)
            return delivered

    channel = Closing()
    await all_sent(pulse, channel)
    await pulse.core.waves.drop_unsent()

    sent = len(channel.sent)
    assert await stands(pulse, sending) == [
        *[("delivered", None)] * sent,
        *[("expired", None)] * (12 - sent),
    ]


async def opted_out(here: Running, sending: Sending) -> None:
    await here.core.people.opt_out(sending.people[0], by=OPERATOR)


async def left(here: Running, sending: Sending) -> None:
    (who,) = sending.people
    revision = (await here.core.people.get(who)).revision
    await here.core.people.deactivate(who, expected_revision=revision, by=OPERATOR)


async def erased(here: Running, sending: Sending) -> None:
    async with here.core.database.writing() as connection:
        await connection.execute(delete(people).where(people.c.id.in_(sending.people)))
        await connection.commit()


@pytest.mark.parametrize(
    ("gone", "reason"), [(opted_out, "opted_out"), (left, "left"), (erased, "left")]
)
@pytest.mark.parametrize("before", [InvitationState.SKIPPED, InvitationState.DELIVERED])
async def test_who_is_gone_when_their_message_is_due_stands_where_they_stay(
    pulse: Running, gone: Callable[..., object], reason: str, before: InvitationState
) -> None:
    """Never asked they are among those who are not; put off by themselves, they were asked."""
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=1)
    if before is InvitationState.DELIVERED:
        values = {"state": "held", "reason": "snoozed", "sent_at": NOON}
        await change(pulse.core, sending.invitations[0], **values)
    await gone(pulse, sending)  # type: ignore[misc]

    def nothing(_: Asking) -> NotDelivered:
        raise AssertionError("somebody who is gone was asked")

    await all_sent(pulse, Told(refuse=nothing))

    ((state, why),) = await stands(pulse, sending)
    assert state == before.value
    assert before is InvitationState.DELIVERED or why == reason
