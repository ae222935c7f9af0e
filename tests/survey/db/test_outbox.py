"""Claims, beginnings and settlements of messages, on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from survey.domain.campaign import CampaignState, ChannelName
from survey.domain.records import InstallationKind
from survey.domain.waves import (
    Delivery,
    HoldReason,
    InvitationState,
    Outcome,
    Pause,
    PauseKind,
    WaveState,
)
from survey.ports.campaigns import Settled
from tests.support.application import NOON, Running
from tests.support.outgoing import Sending, a_campaign, change, invited, remind, rows_of

ME, ANOTHER = uuid4(), uuid4()
LEASE = timedelta(minutes=2)
LATER = NOON + LEASE


class Box:
    """The outbox, a transaction a call."""

    def __init__(self, here: Running) -> None:
        self._begin = here.core.begin

    async def claim(
        self, holder: UUID = ME, *, at: datetime = NOON, limit: int = 10
    ) -> list[Delivery]:
        async with self._begin() as work:
            claimed = await work.outbox.claim(holder, now=at, limit=limit, lease=LEASE)
            await work.commit()
        return list(claimed)

    async def begin(
        self, claimed: list[Delivery], holder: UUID = ME, *, at: datetime = NOON
    ) -> set[UUID]:
        async with self._begin() as work:
            begun = await work.outbox.begin(holder, [each.id for each in claimed], now=at)
            await work.commit()
        return set(begun)

    async def settle(self, *settled: Settled, holder: UUID = ME, at: datetime = NOON) -> None:
        async with self._begin() as work:
            await work.outbox.settle(holder, settled, now=at)
            await work.commit()

    async def may_ask(
        self, wanted: dict[UUID, UUID], *, at: datetime = NOON, days: int = 7
    ) -> set[UUID]:
        async with self._begin() as work:
            allowed = await work.outbox.may_ask(wanted, now=at, apart=timedelta(days=days))
            await work.commit()
        return set(allowed)


@pytest.fixture
def box(here: Running) -> Box:
    return Box(here)


@pytest.fixture
async def sending(here: Running) -> Sending:
    return await a_campaign(here.core)


def sent(each: Delivery | UUID, **more: object) -> Settled:
    delivery = each if isinstance(each, UUID) else each.id
    values = {
        "outcome": Outcome.SENT,
        "state": InvitationState.DELIVERED,
        "channel": ChannelName.CHAT,
        **more,
    }
    return Settled(delivery, **values)  # type: ignore[arg-type]


async def test_a_claimed_message_is_nobody_elses_until_the_lease_ends(
    box: Box, sending: Sending
) -> None:
    mine = await box.claim(limit=2)
    others = await box.claim(ANOTHER)
    after = await box.claim(ANOTHER, at=LATER)

    assert (len(mine), len(others)) == (2, 1)
    assert {each.id for each in mine} <= {each.id for each in after}
    assert {each.repeats for each in after} == {0}


async def test_a_message_that_was_begun_comes_back_as_a_repeat_and_is_begun_twice_at_most(
    box: Box, sending: Sending
) -> None:
    """A11: sent once, and once more where nobody knows; never a third time."""
    claimed = await box.claim(limit=1)
    assert await box.begin(claimed) == {claimed[0].id}

    (again,) = [each for each in await box.claim(ANOTHER, at=LATER) if each.id == claimed[0].id]
    assert again.repeats == 1
    assert await box.begin([again], ANOTHER, at=LATER) == {again.id}

    third = LATER + LEASE
    (doubtful,) = [each for each in await box.claim(at=third) if each.id == again.id]
    assert doubtful.repeats == 2
    assert await box.begin([doubtful], at=third) == set()


async def test_a_second_crash_before_beginning_counts_no_repeat(box: Box, sending: Sending) -> None:
    claimed = await box.claim(limit=1)
    await box.begin(claimed)
    await box.claim(ANOTHER, at=LATER)

    again = await box.claim(at=LATER + LEASE)

    assert {each.repeats for each in again if each.id == claimed[0].id} == {1}


async def test_waves_take_turns(here: Running, box: Box, sending: Sending) -> None:
    """Fair between waves: a large one that is long due does not keep the others waiting."""
    small = await a_campaign(here.core, key="other", people=2, due_at=NOON + timedelta(hours=1))

    claimed = await box.claim(at=NOON + timedelta(hours=2), limit=3)

    assert [each.wave for each in claimed].count(small.wave) == 1
    assert len(claimed) == 3


@pytest.mark.parametrize("what", ["paused", "stopped", "closed", "campaign", "held", "past"])
async def test_nothing_is_claimed_or_begun_of_a_wave_that_does_not_send(
    here: Running, box: Box, sending: Sending, what: str
) -> None:
    """A17, B61: pause, stop and closing act at the next message; closed wins."""
    claimed = await box.claim(limit=1)
    at = NOON
    async with here.core.begin() as work:
        match what:
            case "paused" | "stopped" | "closed":
                await work.waves.set_state(
                    sending.wave, WaveState(what), at=NOON, was=WaveState.OPEN
                )
            case "campaign":
                campaign = await work.campaigns.get("pulse-2026")
                assert campaign is not None
                paused = replace(campaign, state=CampaignState.PAUSED)
                await work.campaigns.save(paused, expected_revision=1)
            case "held":
                await work.installation.settle(InstallationKind.REAL)
                await work.installation.hold(at=NOON)
            case "past":
                at = NOON + timedelta(days=14)
        await work.commit()
    if what == "past":
        claimed = []

    assert await box.begin(claimed, at=at) == set()
    assert await box.claim(ANOTHER, at=at) == []
    async with here.core.begin.read() as work:
        assert not await work.outbox.any_due(now=at)


async def test_a_pause_for_the_whole_body_acts_at_the_next_message(
    here: Running, box: Box, sending: Sending
) -> None:
    """B62: set at 08:59 for 09:00, and nothing goes."""
    claimed = await box.claim()
    async with here.core.begin() as work:
        await work.calendar.add_pause(
            Pause(uuid4(), PauseKind.PRE_ELECTION, "Local elections", NOON, None)
        )
        await work.commit()

    assert await box.begin(claimed) == set()
    assert len(await box.claim(ANOTHER)) == 3  # given back at once, for whoever puts it off


async def test_what_is_not_wanted_any_more_is_dropped(
    here: Running, box: Box, sending: Sending
) -> None:
    claimed = await box.claim()
    answered, refused, waiting = sending.invitations
    await change(here.core, answered, state="answered")
    await change(here.core, refused, state="refused")

    begun = await box.begin(claimed)

    rows = await rows_of(here.core, sending.wave)
    assert begun == {rows[waiting].id}
    assert {rows[answered].outcome, rows[refused].outcome} == {"dropped"}


async def test_a_reminder_goes_to_those_only_who_were_sent_the_first_message(
    here: Running, box: Box, sending: Sending
) -> None:
    claimed = await box.claim()
    await box.begin(claimed)
    await box.settle(*map(sent, claimed))
    first, second, third = sending.invitations
    await change(here.core, second, state="answered")
    await change(here.core, third, state="started")
    await remind(here.core, sending, number=1, due_at=NOON)

    begun = await box.begin(await box.claim())
    await box.settle(*map(sent, begun))

    asked = await invited(here.core, sending.wave)
    assert [asked[each].reminders for each in (first, second, third)] == [1, 0, 1]
    assert asked[third].state is InvitationState.STARTED


async def test_settling_says_how_it_left_and_never_takes_a_state_back(
    here: Running, box: Box, sending: Sending
) -> None:
    claimed = await box.claim(limit=2)
    await box.begin(claimed)
    quick = claimed[1]
    await change(here.core, quick.invitation, state="opened")

    await box.settle(*(sent(each, message_id=71) for each in claimed))

    asked = await invited(here.core, sending.wave)
    assert asked[quick.invitation].state is InvitationState.OPENED
    slow = asked[claimed[0].invitation]
    assert (slow.state, slow.sent_at, slow.message_id, slow.channel) == (
        InvitationState.DELIVERED,
        NOON,
        71,
        ChannelName.CHAT,
    )


async def test_what_is_put_off_is_held_until_then(
    here: Running, box: Box, sending: Sending
) -> None:
    claimed = await box.claim(limit=1)
    await box.begin(claimed)
    tomorrow = NOON + timedelta(days=1)

    await box.settle(
        Settled(
            claimed[0].id,
            due_at=tomorrow,
            hold=HoldReason.QUIET_HOURS,
            state=InvitationState.HELD,
        )
    )

    assert claimed[0].id not in {each.id for each in await box.claim(at=LATER)}
    held = (await invited(here.core, sending.wave))[claimed[0].invitation]
    assert (held.state, held.reason) == (InvitationState.HELD, "quiet_hours")
    (due,) = [each for each in await box.claim(at=tomorrow) if each.id == claimed[0].id]
    assert (due.repeats, due.hold) == (0, HoldReason.QUIET_HOURS)


async def test_what_was_under_way_when_it_was_put_off_comes_again_all_the_same(
    here: Running, box: Box, sending: Sending
) -> None:
    """Somebody reads it and asks to see it later before it is known that it was sent."""
    claimed = await box.claim(limit=1)
    await box.begin(claimed)
    (asked,) = (each.invitation for each in claimed)
    later = NOON + timedelta(hours=1)
    async with here.core.begin() as work:
        assert await work.invitations.put_off(asked, until=later)
        await work.commit()

    await box.settle(sent(claimed[0]))

    held = (await invited(here.core, sending.wave))[asked]
    assert (held.state, held.reason) == (InvitationState.HELD, "snoozed")
    assert asked in {each.invitation for each in await box.claim(at=later)}


@pytest.mark.parametrize("number", [0, 1])
async def test_what_was_under_way_to_whom_it_was_for_is_not_taken_for_the_next_persons(
    here: Running, box: Box, sending: Sending, number: int
) -> None:
    """A school is handed on while its invitation, or a reminder of it, is being sent."""
    if number:
        await box.settle(*(sent(each) for each in await box.claim()))
        await remind(here.core, sending, number=number, due_at=NOON)
    claimed = await box.claim(limit=1)
    await box.begin(claimed)
    (asked,) = (each.invitation for each in claimed)
    await change(here.core, asked, state="waiting", sent_at=None)
    async with here.core.begin() as work:
        await work.invitations.send_anew(asked, at=NOON)
        await work.commit()

    await box.settle(sent(claimed[0]))

    (mine,) = [each for each in await box.claim(ANOTHER) if each.invitation == asked]
    assert mine.number == 0
    assert await box.begin([mine], ANOTHER) == {mine.id}


async def test_what_may_have_been_sent_is_put_off_as_a_repeat(box: Box, sending: Sending) -> None:
    """B67: accepted, and the line broke."""
    claimed = await box.claim(limit=1)
    await box.begin(claimed)

    await box.settle(Settled(claimed[0].id, due_at=LATER, in_doubt=True))

    (again,) = [each for each in await box.claim(at=LATER) if each.id == claimed[0].id]
    assert again.repeats == 1


async def test_a_process_that_lost_its_lease_says_only_that_it_has_sent(
    here: Running, box: Box, sending: Sending
) -> None:
    claimed = await box.claim(limit=2)
    await box.begin(claimed)
    await box.claim(ANOTHER, at=LATER)

    await box.settle(sent(claimed[0]), at=LATER)
    await box.settle(Settled(claimed[1].id, due_at=NOON), at=LATER)

    rows = await rows_of(here.core, sending.wave)
    assert rows[claimed[0].invitation].outcome == "sent"
    assert rows[claimed[1].invitation].holder == ANOTHER
    assert rows[claimed[1].invitation].settled_at is None


async def test_what_was_not_begun_is_given_back(box: Box, sending: Sending) -> None:
    claimed = await box.claim()
    await box.begin(claimed[:1])

    async with box._begin() as work:
        await work.outbox.release(ME, [each.id for each in claimed])
        await work.commit()

    assert {each.id for each in await box.claim(ANOTHER)} == {each.id for each in claimed[1:]}


async def test_failed_messages_are_listed_with_the_reason_and_tried_again_as_new(
    here: Running, box: Box, sending: Sending
) -> None:
    claimed = await box.claim(limit=1)
    await box.begin(claimed)
    await box.settle(
        Settled(
            claimed[0].id,
            Outcome.FAILED,
            reason="too_long",
            state=InvitationState.FAILED,
        )
    )
    async with here.core.begin() as work:
        listed = await work.outbox.failed(sending.wave)
        again = await work.outbox.replay([claimed[0].id, uuid4()], now=NOON)
        await work.commit()

    assert [(each.id, why) for each, why in listed] == [(claimed[0].id, "too_long")]
    assert again == 1
    assert await box.begin(await box.claim()) == set(sending.deliveries)


async def test_a_person_has_one_turn_in_so_many_days_whichever_campaign_asks(
    here: Running, box: Box, sending: Sending
) -> None:
    """A19: at most one new survey in 7 days."""
    person = sending.people[0]
    other = await a_campaign(here.core, key="other", people=0, again=[person])
    mine, others = sending.invitations[0], other.invitations[0]

    assert await box.may_ask({mine: person}) == {mine}
    assert await box.may_ask({others: person}) == set()
    assert await box.may_ask({mine: person}, at=NOON + timedelta(days=1)) == {mine}
    assert await box.may_ask({others: person}, at=NOON + timedelta(days=7)) == set()
    assert await box.may_ask({others: person}, at=NOON + timedelta(days=8)) == {others}
    both = {mine: person, others: person}
    assert await box.may_ask(both, at=NOON + timedelta(days=8), days=0) == {mine, others}


async def test_of_two_invitations_at_once_one_takes_the_turn(
    here: Running, box: Box, sending: Sending
) -> None:
    person = sending.people[0]
    other = await a_campaign(here.core, key="other", people=0, again=[person])
    mine, others = sending.invitations[0], other.invitations[0]

    assert await box.may_ask({mine: person, others: person}) == {mine}


async def test_how_much_is_due_and_since_when(here: Running, box: Box, sending: Sending) -> None:
    tomorrow = NOON + timedelta(days=1)
    await a_campaign(here.core, key="other", people=2, due_at=tomorrow)

    async with here.core.begin.read() as work:
        assert await work.outbox.depth(now=tomorrow - timedelta(seconds=1)) == (3, NOON)


async def test_what_waits_for_a_reason_is_woken(here: Running, box: Box, sending: Sending) -> None:
    claimed = await box.claim()
    later = NOON + timedelta(hours=1)
    await box.settle(
        Settled(claimed[0].id, due_at=later, hold=HoldReason.CHANNEL_DOWN),
        Settled(claimed[1].id, due_at=later, hold=HoldReason.QUIET_HOURS),
    )
    async with here.core.begin() as work:
        await work.outbox.wake(HoldReason.CHANNEL_DOWN, now=NOON)
        await work.commit()

    assert [each.id for each in await box.claim(ANOTHER)] == [claimed[0].id]


async def test_senders_are_counted_until_they_leave_or_fall_silent(here: Running) -> None:
    async with here.core.begin() as work:
        until = NOON + timedelta(seconds=20)
        assert await work.outbox.attend(ME, now=NOON, until=until) == 1
        assert await work.outbox.attend(ANOTHER, now=NOON, until=until + LEASE) == 2
        assert await work.outbox.attend(ME, now=NOON, until=until) == 2
        await work.outbox.leave(ANOTHER)
        assert await work.outbox.senders() == 1
        assert await work.outbox.attend(ANOTHER, now=until, until=until + LEASE) == 1
        await work.commit()


async def test_start_times_are_reserved_one_after_another(here: Running) -> None:
    apart = timedelta(milliseconds=100)
    async with here.core.begin() as work:
        first = await work.paces.take(7, now=NOON, count=3, apart=apart)
        second = await work.paces.take(7, now=NOON, count=1, apart=apart)
        rested = await work.paces.take(7, now=NOON + LEASE, count=1, apart=apart)
        await work.paces.block(7, until=NOON + LEASE)
        await work.paces.block(7, until=NOON)
        await work.paces.block(8, until=NOON)
        await work.commit()
    async with here.core.begin.read() as work:
        assert await work.paces.blocked_until(7) == NOON + LEASE
        assert await work.paces.blocked_until(9) is None

    assert (first, second, rested) == (NOON, NOON + 3 * apart, NOON + LEASE)
