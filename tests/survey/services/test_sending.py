"""The sender, whatever the channel: hours, caps, refusals, pauses; on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import get_ident
from uuid import uuid4

import pytest

from survey.domain import open_hours
from survey.domain.audit import OPERATOR
from survey.domain.campaign import CampaignState, Caps, ChannelName, Hours, Nation
from survey.domain.sending import IN_FLIGHT
from survey.domain.waves import InvitationState, Pause, PauseKind, WaveState
from survey.ports.channels import Asking, NotDelivered, Refusal
from tests.support import sending as support
from tests.support.application import NOON, Running
from tests.support.outgoing import a_campaign, change, invited, remind, rows_of
from tests.support.sending import ALWAYS, Told, a_sender

DAY = timedelta(days=1)


@pytest.fixture
async def pulse(here: Running) -> Running:
    await here.publish("people-pulse")
    return here


def once(refusal: Refusal, seconds: float = 0.0) -> Callable[[Asking], NotDelivered | None]:
    """Refuse the first message."""
    left = [NotDelivered(refusal, "told", seconds=seconds)]
    return lambda _: left.pop() if left else None


def always(refusal: Refusal, seconds: float = 0.0) -> Callable[..., NotDelivered | None]:
    return lambda *_: NotDelivered(refusal, "told", seconds=seconds)


async def all_sent(here: Running, channel: Told, *more: Told) -> None:
    sender = a_sender(here.core, channel, *more, clock=here.clock)
    while await sender.send_due():
        pass


async def states(here: Running, wave: str) -> list[str]:
    return sorted(each.state.value for each in (await invited(here.core, wave)).values())


async def test_everybody_is_sent_one_message_that_says_what_is_asked(pulse: Running) -> None:
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=9)
    channel = Told()

    await all_sent(pulse, channel)

    assert {each.invitation for each in channel.sent} == set(sending.invitations)
    assert len(channel.sent) == 9
    asked = await invited(pulse.core, sending.wave)
    assert {each.state for each in asked.values()} == {InvitationState.DELIVERED}
    assert {each.sent_at for each in asked.values()} == {NOON}
    said = channel.sent[0]
    assert (said.title, said.sender, said.questions) == ("Staff pulse", "People team", 8)
    assert said.closes_on == (NOON + timedelta(days=14)).date()
    assert pulse.core.invitation_links.read(said.token) == said.invitation


async def test_nobody_waits_while_the_bank_holidays_are_learned(
    pulse: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P13: once in a process that takes a third of a second, in which replies go on."""
    learned_on: set[int] = set()
    found: dict[tuple[int, Nation], dict[date, str]] = {}

    def learns(year: int, nation: Nation) -> dict[date, str]:
        if (year, nation) not in found:
            learned_on.add(get_ident())
            found[year, nation] = {}
        return found[year, nation]

    monkeypatch.setattr(open_hours, "_bank_holidays", learns)
    monkeypatch.setattr(support, "days", pulse.core.calendar.days)
    await a_campaign(pulse.core, questionnaire="people-pulse", people=1)

    await all_sent(pulse, Told())

    assert learned_on
    assert get_ident() not in learned_on


async def test_the_only_sender_has_four_under_way_and_one_of_several_one(
    pulse: Running,
) -> None:
    await a_campaign(pulse.core, questionnaire="people-pulse", people=12)
    alone, one_of_two = Told(), Told()
    sender = a_sender(pulse.core, alone, clock=pulse.clock)
    await sender.send_due()
    await a_campaign(pulse.core, key="other", questionnaire="people-pulse", people=12)
    async with pulse.core.begin() as work:
        await work.outbox.attend(uuid4(), now=NOON, until=NOON + DAY)
        await work.commit()

    await a_sender(pulse.core, one_of_two, clock=pulse.clock, shared=True).send_due()

    assert (alone.most_at_once, one_of_two.most_at_once) == (4, 1)
    assert len(one_of_two.sent) == 12


async def test_a_sender_among_several_risks_more_only_when_it_has_been_alone_for_a_while(
    pulse: Running,
) -> None:
    """A11: others may be there that have not said so yet."""

    class Slow(Told):
        async def send(self, address, asking, *, at):  # type: ignore[no-untyped-def]
            pulse.clock.advance(timedelta(seconds=1))
            delivered = await super().send(address, asking, at=at)
            if self.most_at_once == 1:
                self.one_until = pulse.clock.now() - NOON
            return delivered

        one_until = timedelta()

    await a_campaign(pulse.core, questionnaire="people-pulse", people=40)
    channel = Slow()
    sender = a_sender(pulse.core, channel, clock=pulse.clock, shared=True)

    while await sender.send_due():
        pass

    assert len(channel.sent) == 40
    assert channel.most_at_once == 4
    assert timedelta(seconds=20) <= channel.one_until <= timedelta(seconds=24)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (datetime(2026, 5, 14, 20, 0, tzinfo=UTC), datetime(2026, 5, 15, 7, 0, tzinfo=UTC)),
        (datetime(2026, 5, 16, 12, 0, tzinfo=UTC), datetime(2026, 5, 18, 7, 0, tzinfo=UTC)),
    ],
)
async def test_nothing_leaves_outside_the_hours_and_it_says_so(
    pulse: Running, at: datetime, opens: datetime
) -> None:
    """A18: at night and at the weekend, everybody is held until the next open hour."""
    sending = await a_campaign(pulse.core, questionnaire="people-pulse")
    channel = Told()
    pulse.clock.time = at

    await all_sent(pulse, channel)

    assert channel.sent == []
    assert await states(pulse, sending.wave) == ["held"] * 3
    assert {row.due_at for row in (await rows_of(pulse.core, sending.wave)).values()} == {opens}
    pulse.clock.time = opens
    await all_sent(pulse, channel)
    assert await states(pulse, sending.wave) == ["delivered"] * 3


async def test_a_pause_that_is_set_between_claim_and_send_holds_the_message(
    pulse: Running,
) -> None:
    """B62: set a minute before; nothing goes, and it goes when the pause has ended."""
    sending = await a_campaign(pulse.core, questionnaire="people-pulse")
    pause = Pause(uuid4(), PauseKind.BEREAVEMENT, "Bereavement", NOON, NOON + DAY)
    async with pulse.core.begin() as work:
        await work.calendar.add_pause(pause)
        await work.commit()
    channel = Told()

    await all_sent(pulse, channel)

    assert channel.sent == []
    asked = await invited(pulse.core, sending.wave)
    assert {each.reason for each in asked.values()} == {"pause"}
    pulse.clock.time = NOON + DAY
    await all_sent(pulse, channel)
    assert len(channel.sent) == 3


@pytest.mark.parametrize("ending", ["pause", "stop", "close"])
async def test_pause_and_stop_act_at_the_next_message(pulse: Running, ending: str) -> None:
    """A17: those under way leave, and none after them. B61: closed wins."""
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=12)

    async def end() -> None:
        async with pulse.core.begin() as work:
            if ending == "close":
                await work.waves.set_state(
                    sending.wave, WaveState.CLOSED, at=NOON, was=WaveState.OPEN
                )
            else:
                campaign = await work.campaigns.get("pulse-2026")
                assert campaign is not None
                state = CampaignState.PAUSED if ending == "pause" else CampaignState.STOPPED
                await work.campaigns.save(replace(campaign, state=state), expected_revision=1)
            await work.commit()

    class Ending(Told):
        left = 0

        async def send(self, address, asking, *, at):  # type: ignore[no-untyped-def]
            delivered = await super().send(address, asking, at=at)
            if len(self.sent) == 1:
                await end()
                self.left = len(self.sent)
            return delivered

    channel = Ending()
    await all_sent(pulse, channel)

    assert channel.left <= len(channel.sent) <= channel.left + IN_FLIGHT
    begun = {row.begun_at for row in (await rows_of(pulse.core, sending.wave)).values()}
    assert len(channel.sent) == sum(
        row.begun_at is not None for row in (await rows_of(pulse.core, sending.wave)).values()
    )
    assert begun == {None, NOON}


async def test_nobody_is_asked_twice_in_seven_days_and_each_wait_has_its_reason(
    pulse: Running,
) -> None:
    """A19: of two campaigns at once a person hears of one; the other comes a week later."""
    first = await a_campaign(pulse.core, questionnaire="people-pulse", people=4)
    await pulse.publish("before-a-change")
    other = await a_campaign(
        pulse.core, key="other", questionnaire="before-a-change", people=0, again=first.people
    )
    channel = Told()

    await all_sent(pulse, channel)

    both = {**await invited(pulse.core, first.wave), **await invited(pulse.core, other.wave)}
    by_person = {each: [i for i in both.values() if i.person == each] for each in first.people}
    for invitations in by_person.values():
        told = sorted((each.state.value, each.reason) for each in invitations)
        assert told == [("delivered", None), ("held", "recently_asked")]
    assert len(channel.sent) == 4
    pulse.clock.advance(timedelta(days=7))
    await all_sent(pulse, channel)
    assert len(channel.sent) == 8


async def test_whose_turn_comes_after_closing_is_skipped_with_a_reason(pulse: Running) -> None:
    """A18: nothing is pushed past closing silently."""
    first = await a_campaign(pulse.core, questionnaire="people-pulse", people=1)
    await all_sent(pulse, Told())
    await pulse.publish("before-a-change")
    other = await a_campaign(
        pulse.core,
        key="other",
        questionnaire="before-a-change",
        people=0,
        again=first.people,
        closes_at=NOON + timedelta(days=3),
    )

    await all_sent(pulse, Told())

    (only,) = (await invited(pulse.core, other.wave)).values()
    assert (only.state, only.reason) == (InvitationState.SKIPPED, "recently_asked")


async def test_the_same_survey_does_not_come_twice_in_thirty_days(pulse: Running) -> None:
    first = await a_campaign(pulse.core, questionnaire="people-pulse", people=1)
    await all_sent(pulse, Told())
    other = await a_campaign(
        pulse.core,
        key="other",
        questionnaire="people-pulse",
        people=0,
        again=first.people,
        caps=Caps(days_between_surveys=0),
    )

    await all_sent(pulse, Told())

    (only,) = (await invited(pulse.core, other.wave)).values()
    assert (only.state, only.reason) == (InvitationState.SKIPPED, "same_survey")


async def test_a_reminder_says_that_it_is_one_and_which_is_the_last(pulse: Running) -> None:
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=1, reminders=(1, 2))
    channel = Told()
    await all_sent(pulse, channel)
    for number in (1, 2):
        pulse.clock.advance(timedelta(hours=1))
        await remind(pulse.core, sending, number=number, due_at=pulse.clock.now())
        await all_sent(pulse, channel)

    assert [(each.number, each.last) for each in channel.sent] == [
        (0, False),
        (1, False),
        (2, True),
    ]
    (asked,) = (await invited(pulse.core, sending.wave)).values()
    assert (asked.reminders, asked.sent_at) == (2, NOON)


# --- refusals ---


async def test_whom_one_channel_has_lost_the_next_one_reaches(pulse: Running) -> None:
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=2)
    chat, mail = Told(refuse=always(Refusal.GONE)), Told(ChannelName.EMAIL)

    await all_sent(pulse, chat, mail)

    assert len(mail.sent) == 2
    asked = await invited(pulse.core, sending.wave)
    assert {each.channel for each in asked.values()} == {ChannelName.EMAIL}


async def test_whom_every_channel_has_lost_is_blocked_and_whom_none_knows_has_failed(
    pulse: Running,
) -> None:
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=2)
    chat = Told(refuse=always(Refusal.GONE), reached={sending.people[0]})

    await all_sent(pulse, chat)

    asked = await invited(pulse.core, sending.wave)
    blocked, failed = (asked[each] for each in sending.invitations)
    assert (blocked.state, failed.state) == (InvitationState.BLOCKED, InvitationState.FAILED)
    assert failed.reason == "no_address"


async def test_a_message_at_fault_fails_with_its_reason_and_can_be_tried_again(
    pulse: Running,
) -> None:
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=1)
    channel = Told(refuse=once(Refusal.FAULT))
    await all_sent(pulse, channel)
    async with pulse.core.begin() as work:
        ((failed, why),) = await work.outbox.failed(sending.wave)
        await work.outbox.replay([failed.id], now=NOON)
        await work.commit()

    await all_sent(pulse, channel)

    assert why == "told"
    assert await states(pulse, sending.wave) == ["delivered"]


async def test_who_is_out_of_reach_is_tried_again_when_told(pulse: Running) -> None:
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=1)
    channel = Told(refuse=once(Refusal.LATER, seconds=300))

    await all_sent(pulse, channel)
    assert channel.sent == []
    pulse.clock.advance(timedelta(seconds=300))
    await all_sent(pulse, channel)

    assert await states(pulse, sending.wave) == ["delivered"]


async def test_what_nobody_understands_is_gone_after_three_tries_in_a_day(
    pulse: Running,
) -> None:
    """A16: an unknown refusal loses nobody before the third in 24 hours."""
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=1)
    channel = Told(refuse=always(Refusal.UNCLEAR))
    for _ in range(4):
        await all_sent(pulse, channel)
        pulse.clock.advance(timedelta(hours=6))
    a_day_later = await states(pulse, sending.wave)
    for _ in range(20):
        await all_sent(pulse, channel)
        pulse.clock.advance(timedelta(hours=6))

    assert a_day_later == ["held"]
    assert await states(pulse, sending.wave) == ["blocked"]


async def test_a_channel_that_is_busy_is_left_alone_and_then_goes_on_where_it_was(
    pulse: Running,
) -> None:
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=9)
    channel = Told(refuse=once(Refusal.BUSY, seconds=20))

    await all_sent(pulse, channel)

    assert pulse.clock.now() == NOON + timedelta(seconds=20)
    assert await states(pulse, sending.wave) == ["delivered"] * 9
    assert len(channel.sent) == 9


async def test_a_channel_that_is_down_marks_nothing_as_sent_and_comes_back_by_itself(
    pulse: Running,
) -> None:
    """B68, B71: six hours down; nothing is lost, nothing is tried in vain, and it is said."""
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=12, hours=ALWAYS)
    outage = NOON + timedelta(hours=6)

    def down(*_: object) -> NotDelivered | None:
        over = pulse.clock.now() >= outage
        return None if over else NotDelivered(Refusal.DOWN, "unreachable")

    channel = Told(refuse=down, works=down)
    sender = a_sender(pulse.core, channel, clock=pulse.clock)
    await sender.send_due()
    asked = await invited(pulse.core, sending.wave)
    held = [each for each in asked.values() if each.state is InvitationState.HELD]
    assert held
    assert {each.reason for each in held} == {"channel_down"}
    assert sender.channels.is_down(ChannelName.CHAT)
    async with pulse.core.begin.read() as work:
        noted = await work.leases.get("down:chat")
    assert noted is not None

    while pulse.clock.now() < outage:
        pulse.clock.advance(timedelta(seconds=20))
        await sender.send_due()

    assert channel.probed < 90
    pulse.clock.advance(timedelta(minutes=5))
    while await sender.send_due():
        pass
    assert await states(pulse, sending.wave) == ["delivered"] * 12
    assert len(channel.sent) == 12
    assert {row.repeats for row in (await rows_of(pulse.core, sending.wave)).values()} == {0}


async def test_a_channel_that_comes_back_at_night_waits_for_the_morning(pulse: Running) -> None:
    """B71: what was held is planned anew inside the allowed hours."""
    sending = await a_campaign(
        pulse.core,
        questionnaire="people-pulse",
        hours=Hours.model_validate({"from": "08:00", "until": "14:00"}),
    )
    night = NOON + timedelta(hours=6)

    def down(*_: object) -> NotDelivered | None:
        return NotDelivered(Refusal.DOWN, "x") if pulse.clock.now() < night else None

    sender = a_sender(pulse.core, channel := Told(refuse=down, works=down), clock=pulse.clock)
    await sender.send_due()
    pulse.clock.time = night
    while await sender.send_due():
        pass

    assert channel.sent == []
    rows = await rows_of(pulse.core, sending.wave)
    assert {row.hold for row in rows.values()} == {"quiet_hours"}
    assert {row.due_at for row in rows.values()} == {datetime(2026, 5, 15, 7, tzinfo=UTC)}


async def test_while_one_channel_is_down_the_other_goes_on(pulse: Running) -> None:
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=8)
    chat = Told(
        refuse=always(Refusal.DOWN),
        works=always(Refusal.DOWN),
        reached=set(sending.people[:4]),
    )
    mail = Told(ChannelName.EMAIL, reached=set(sending.people[4:]))
    sender = a_sender(pulse.core, chat, mail, clock=pulse.clock)
    for _ in range(12):
        await sender.send_due()
        pulse.clock.advance(timedelta(seconds=31))

    assert len(mail.sent) == 4
    assert await states(pulse, sending.wave) == ["delivered"] * 4 + ["held"] * 4


async def test_what_may_have_arrived_is_sent_again_once_and_listed(pulse: Running) -> None:
    """B67: accepted, then the connection broke."""
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=1)
    channel = Told(refuse=once(Refusal.UNKNOWN))

    await all_sent(pulse, channel)
    pulse.clock.advance(timedelta(minutes=1))
    await all_sent(pulse, channel)

    assert [each.invitation for each in channel.sent] == list(sending.invitations)
    async with pulse.core.begin.read() as work:
        (listed,) = await work.outbox.repeated(sending.wave)
    assert (listed.invitation, listed.repeats) == (sending.invitations[0], 1)


async def test_what_stays_in_doubt_twice_has_failed_and_can_be_tried_again(
    pulse: Running,
) -> None:
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=1)
    tries: list[Asking] = []

    def doubtful(asking: Asking) -> NotDelivered:
        tries.append(asking)
        return NotDelivered(Refusal.UNKNOWN, "line_lost")

    channel = Told(refuse=doubtful)
    for _ in range(5):
        await all_sent(pulse, channel)
        pulse.clock.advance(timedelta(minutes=1))

    assert len(tries) == 2
    (only,) = (await invited(pulse.core, sending.wave)).values()
    assert (only.state, only.reason) == (InvitationState.FAILED, "in_doubt")


async def test_a_channel_that_breaks_in_a_way_of_its_own_does_not_stop_the_others(
    pulse: Running,
) -> None:
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=3)

    class Broken(Told):
        async def send(self, address, asking, *, at):  # type: ignore[no-untyped-def]
            if asking.invitation == sending.invitations[0]:
                raise ZeroDivisionError
            return await super().send(address, asking, at=at)

    for _ in range(4):
        await all_sent(pulse, Broken())
        pulse.clock.advance(timedelta(minutes=1))

    assert await states(pulse, sending.wave) == ["delivered", "delivered", "failed"]


async def test_who_leaves_or_opts_out_before_the_message_gets_none(pulse: Running) -> None:
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=2)
    await pulse.core.people.opt_out(sending.people[0], by=OPERATOR)
    await change(pulse.core, sending.invitations[1], state="refused")
    channel = Told()

    await all_sent(pulse, channel)

    assert channel.sent == []


async def test_a_sender_that_is_stopped_finishes_what_it_has_begun_and_gives_back_the_rest(
    pulse: Running,
) -> None:
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=12)
    channel = Told()
    sender = a_sender(pulse.core, channel, clock=pulse.clock)
    channel.refuse = lambda _: sender.stop()

    assert not await sender.send_due()

    rows = (await rows_of(pulse.core, sending.wave)).values()
    assert sum(row.outcome == "sent" for row in rows) == len(channel.sent) == 4
    assert {row.holder for row in rows if row.outcome is None} == {None}
    assert not await sender.send_due()
