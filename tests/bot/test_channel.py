"""Invitations by a bot, over HTTP against the fake Bot API; on both databases."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr

from bot.channel import TelegramChannel
from bot.outgoing import Outgoing
from bot.pacing import Pacer
from survey.domain.campaign import ChannelName
from survey.domain.sending import IN_FLIGHT
from survey.domain.waves import InvitationState, Outcome, Pause, PauseKind, WaveState
from survey.ports import UnitOfWork
from survey.services.sending import Sender
from tests.bot.rig import caller
from tests.bot.test_pacing import passing
from tests.support.application import NOON, Running, TestClock, running
from tests.support.outgoing import Sending, a_campaign, invited, joined, remind, rows_of
from tests.support.sending import ALWAYS, a_sender
from tests.telegram.faults import Lie, Silent, other_chat, reused_id
from tests.telegram.people import Person
from tests.telegram.refusal import Refusal, bad_request, forbidden
from tests.telegram.server import FakeTelegram
from tests.telegram.troubles import Means, Trouble, troubles_of

BOT = 7


@dataclass
class Line:
    """A campaign by chat, its sender, and the people as Telegram has them."""

    here: Running
    telegram: FakeTelegram
    sender: Sender
    pacer: Pacer
    channel: TelegramChannel

    async def campaign(self, number: int, **more: object) -> tuple[Sending, list[Person]]:
        """A wave that asks so many people who have written to the bot."""
        people = [self.telegram.person(name=f"Person {each}") for each in range(number)]
        for each in people:
            await each.sends("/start")
        sending = await a_campaign(
            self.here.core,
            questionnaire="people-pulse",
            people=number,
            hours=ALWAYS,
            **more,  # type: ignore[arg-type]
        )
        bot = int(self.telegram.token.partition(":")[0])
        users = {each: person.id for each, person in zip(sending.people, people, strict=True)}
        await joined(self.here.core, bot, users)
        return sending, people

    async def send(self) -> None:
        while await self.sender.send_due():
            pass

    def pass_time(self, by: timedelta) -> None:
        self.here.clock.advance(by)
        self.telegram.clock.advance(by)

    def sent_to(self, *people: Person) -> list[int]:
        return [len(self.telegram.ledger.sent_to(each.id)) for each in people]


@dataclass(slots=True)
class BothClocks(TestClock):
    """The program's clock, which takes Telegram's along."""

    __test__ = False

    telegram: FakeTelegram | None = None

    def __setattr__(self, name: str, value: object) -> None:
        before = getattr(self, "time", None)
        object.__setattr__(self, name, value)
        if name == "time" and before is not None and self.telegram is not None:
            self.telegram.clock.advance(max(self.time - before, timedelta()))


@asynccontextmanager
async def a_line(database_url: str, folder: Path) -> AsyncIterator[Line]:
    async with FakeTelegram() as telegram:
        telegram.clock.hold()
        clock = BothClocks(NOON)
        clock.telegram = telegram
        async with (
            running(
                database_url,
                folder,
                clock=clock,
                telegram_token=SecretStr(telegram.token),
                telegram_api_base=telegram.base_url,
            ) as here,
            caller(telegram) as bot,
        ):
            await here.publish("people-pulse")
            pacer = Pacer(
                here.core.begin,
                clock,
                bot=bot.id,
                shared=False,
                sleep=passing(clock),
                elapsed=clock.elapsed,
            )
            channel = TelegramChannel(
                here.core.begin, clock, bot, pacer, organisation="Barnet Council"
            )
            sender = a_sender(here.core, channel, clock=clock)
            yield Line(here, telegram, sender, pacer, channel)


@pytest.fixture
async def line(database_url: str, tmp_path: Path) -> AsyncIterator[Line]:
    async with a_line(database_url, tmp_path) as found:
        yield found


async def state(line: Line, sending: Sending, at: int = 0) -> tuple[str, str | None]:
    asked = (await invited(line.here.core, sending.wave))[sending.invitations[at]]
    return asked.state.value, asked.reason


async def test_an_invitation_says_who_asks_why_how_private_and_until_when(line: Line) -> None:
    sending, (sian,) = await line.campaign(1)

    await line.send()

    message = sian.screen[-1]
    assert "Staff pulse: 8 questions, about 2 minutes" in str(message)
    for part in ("People team, Barnet Council", "where working here gets better", "28 May"):
        assert part in str(message)
    assert message.buttons == (("Start", "Not now"),)
    asked = (await invited(line.here.core, sending.wave))[sending.invitations[0]]
    assert asked.message_id == message.message_id
    assert asked.channel is ChannelName.CHAT


async def test_a_reminder_is_shorter_and_says_that_it_is_the_last(line: Line) -> None:
    sending, (sian,) = await line.campaign(1, reminders=(1,))
    await line.send()
    first = str(sian.screen[-1])
    line.pass_time(timedelta(days=1))
    await remind(line.here.core, sending, number=1, due_at=line.here.clock.now())

    await line.send()

    assert "last" in str(sian.screen[-1])
    assert len(str(sian.screen[-1])) < len(first)


async def test_no_second_has_more_than_thirty_and_nobody_is_refused(line: Line) -> None:
    """A14, with the limits as Telegram tells them."""
    _, people = await line.campaign(120)
    line.telegram.limits.turn_on()

    await line.send()

    assert line.sent_to(*people) == [1] * 120
    assert (line.telegram.limits.refused, line.telegram.limits.early) == (0, 0)
    # Virtual time goes on while a message is on its way: as many as are under way come late.
    assert line.telegram.ledger.busiest(timedelta(seconds=1)) <= 30 + IN_FLIGHT


@pytest.mark.parametrize("seconds", [1, 17, 3_600])
async def test_patience_is_kept_to_the_letter_and_nothing_is_lost(line: Line, seconds: int) -> None:
    """A15: calls before the time is over 0, and each message once."""
    sending, people = await line.campaign(12)
    line.telegram.limits.block(seconds)

    await line.send()
    line.pass_time(timedelta(seconds=seconds))
    await line.send()

    # Those that were under way when the first was told; none is begun after that.
    assert line.telegram.limits.early <= IN_FLIGHT
    assert line.sent_to(*people) == [1] * 12
    assert {row.repeats for row in (await rows_of(line.here.core, sending.wave)).values()} == {0}


SENDING = [each for each in troubles_of("sendMessage") if each.means is not Means.CHAT_MOVED]


@pytest.mark.parametrize("trouble", SENDING, ids=str)
async def test_each_refusal_has_the_right_reaction(line: Line, trouble: Trouble) -> None:
    """A16, B66 to B68: by the table of what Telegram can answer to a message."""
    sending, (sian,) = await line.campaign(1)
    line.telegram.faults.order("sendMessage", trouble.fault)

    await line.send()
    line.telegram.faults.clear()
    line.pass_time(timedelta(hours=1, seconds=1))
    at_first = line.sent_to(sian)
    await line.send()
    line.pass_time(timedelta(hours=1))
    await line.send()

    row = (await rows_of(line.here.core, sending.wave))[sending.invitations[0]]
    match trouble.means:
        case Means.PERSON_GONE:
            assert await state(line, sending) == ("blocked", "gone")
            assert line.sent_to(sian) == [0]
        case Means.UNKNOWN:
            assert row.repeats == 1
            assert await state(line, sending) == ("delivered", None)
            assert line.sent_to(sian) in ([1], [2])
        case _:
            assert row.repeats == 0
            assert line.sent_to(sian) == [1]
    assert at_first in ([0], [1])


@pytest.mark.parametrize(
    ("refusal", "ended"),
    [
        (forbidden("user is deactivated"), ("blocked", "gone")),
        (forbidden("USER_IS_BLOCKED"), ("blocked", "gone")),
        (bad_request("message is too long"), ("failed", "refused")),
        (bad_request("can't parse entities: unsupported start tag"), ("failed", "refused")),
        (Refusal(413, "Request Entity Too Large"), ("failed", "refused")),
        (forbidden("bot can't send messages to the user"), ("waiting", None)),
        (forbidden("something that nobody has seen"), ("waiting", None)),
    ],
    ids=lambda given: given.description if isinstance(given, Refusal) else "",
)
async def test_refusals_are_told_apart_by_their_text(
    line: Line, refusal: Refusal, ended: tuple[str, str | None]
) -> None:
    """A16."""
    sending, _ = await line.campaign(1)
    line.telegram.fail_next(
        "sendMessage", error_code=refusal.error_code, description=refusal.description
    )

    await line.send()

    assert await state(line, sending) == ended


async def test_who_blocked_the_bot_gets_nothing_more_until_they_write(line: Line) -> None:
    """A16: also not from the next campaign."""
    sending, (sian,) = await line.campaign(1)
    await sian.blocks()
    await line.send()
    calls = len(line.telegram.ledger.calls("sendMessage"))
    await line.here.publish("before-a-change")
    await a_campaign(
        line.here.core,
        key="other",
        questionnaire="before-a-change",
        people=0,
        again=sending.people,
        hours=ALWAYS,
    )
    line.pass_time(timedelta(days=8))
    await line.send()

    assert len(line.telegram.ledger.calls("sendMessage")) == calls
    await sian.unblocks()
    async with line.here.core.begin() as work:
        await work.chats.heard_from(int(line.telegram.token.partition(":")[0]), sian.id)
        failed = await work.outbox.failed("other-1")
        await work.outbox.replay([each.id for each, _ in failed], now=line.here.clock.now())
        await work.commit()
    await line.send()
    assert line.sent_to(sian) == [1]


async def test_three_unknown_refusals_in_a_day_are_one_person_lost(line: Line) -> None:
    """A16: an unknown 403 unlinks nobody before."""
    sending, (sian,) = await line.campaign(1)
    line.telegram.fail_next(
        "sendMessage", error_code=403, description="Forbidden: no idea", times=9
    )
    ended = []
    for _ in range(6):
        await line.send()
        ended.append((await state(line, sending))[0])
        line.pass_time(timedelta(hours=6))

    assert ended == ["waiting"] * 4 + ["blocked"] * 2
    assert line.sent_to(sian) == [0]
    reached = await line.channel.addresses_of(
        [p for p in [await person(line, sending.people[0])] if p]
    )
    assert reached == {}


async def person(line: Line, who: UUID):  # type: ignore[no-untyped-def]
    async with line.here.core.begin.read() as work:
        return await work.people.get(who)


@pytest.mark.parametrize("lie", [reused_id(1), other_chat(99)], ids=["id used", "other chat"])
async def test_a_success_that_cannot_be_true_is_unknown_and_overwrites_nothing(
    line: Line, lie: Lie
) -> None:
    """B70."""
    sending, (sian,) = await line.campaign(1, reminders=(1,))
    await line.send()
    kept = sian.screen[-1].message_id
    line.pass_time(timedelta(days=1))
    await remind(line.here.core, sending, number=1, due_at=line.here.clock.now())
    line.telegram.faults.order("sendMessage", lie)

    await line.send()

    asked = (await invited(line.here.core, sending.wave))[sending.invitations[0]]
    assert asked.message_id == kept
    (listed,) = [
        row for row in (await rows_of(line.here.core, sending.wave)).values() if row.begun_at
    ]
    assert listed.settled_at is None
    line.pass_time(timedelta(minutes=1))
    await line.send()
    async with line.here.core.begin.read() as work:
        assert [each.repeats for each in await work.outbox.repeated(sending.wave)] == [1]


async def test_a_token_that_is_revoked_stops_sending_and_marks_nothing_as_sent(
    line: Line,
) -> None:
    """B68: and it is said at once."""
    sending, people = await line.campaign(6)
    token, line.telegram.token = line.telegram.token, "1:another"

    await line.sender.send_due()

    assert line.sender.channels.is_down(ChannelName.CHAT)
    asked = await invited(line.here.core, sending.wave)
    assert {each.sent_at for each in asked.values()} == {None}
    line.telegram.token = token
    line.pass_time(timedelta(minutes=5))
    await line.send()
    assert line.sent_to(*people) == [1] * 6


async def paused(work: UnitOfWork, wave: str) -> None:
    await work.waves.set_state(wave, WaveState.PAUSED, at=NOON, was=WaveState.OPEN)


async def stopped(work: UnitOfWork, wave: str) -> None:
    await work.waves.set_state(wave, WaveState.STOPPED, at=NOON, was=WaveState.OPEN)


async def everything_pauses(work: UnitOfWork, _wave: str) -> None:
    await work.calendar.add_pause(Pause(uuid4(), PauseKind.OTHER, "", NOON, None))


@pytest.mark.parametrize("end", [paused, stopped, everything_pauses])
async def test_a17_what_waits_for_its_turn_in_the_channel_when_all_is_stopped_does_not_leave(
    line: Line, monkeypatch: pytest.MonkeyPatch, end: Callable[[UnitOfWork, str], Awaitable[None]]
) -> None:
    """One message more at most, of the four that the only sender has begun; none is in doubt."""
    sending, people = await line.campaign(8)
    sleep, begin = passing(line.here.clock), line.here.core.begin

    async def stops_meanwhile(seconds: float) -> None:
        """While the second waits for its time."""
        monkeypatch.setattr(line.pacer, "_sleep", sleep)
        async with begin() as work:
            await end(work, sending.wave)
            await work.commit()
        await sleep(seconds)

    monkeypatch.setattr(line.pacer, "_sleep", stops_meanwhile)

    await line.send()

    assert sum(line.sent_to(*people)) == 2
    rows = (await rows_of(line.here.core, sending.wave)).values()
    unsent = [row for row in rows if row.outcome != Outcome.SENT]
    assert len(unsent) == 6
    assert {(row.begun_at, row.repeats, row.failures) for row in unsent} == {(None, 0, 0)}
    async with begin.read() as work:
        assert len(await work.invitations.last_sent(sending.people)) == 2
    if end is paused:
        async with begin() as work:
            was = WaveState.PAUSED
            await work.waves.set_state(sending.wave, WaveState.OPEN, at=NOON, was=was)
            await work.commit()
        await line.send()
        assert line.sent_to(*people) == [1] * 8


async def test_a_line_that_falls_silent_holds_no_task_for_long(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B69: half-open sockets; the message is in doubt, the others go on."""
    monkeypatch.setattr("survey.services.attempts.ANSWER_SECONDS", 3)
    sending, people = await line.campaign(3)
    line.telegram.faults.order("sendMessage", Silent(accepted=False), chat=people[0].id)

    await line.send()
    line.pass_time(timedelta(minutes=1))
    await line.send()

    assert line.sent_to(*people) == [1, 1, 1]
    assert (await rows_of(line.here.core, sending.wave))[sending.invitations[0]].repeats == 1


async def test_a_server_that_is_not_there_is_no_doubt_about_any_message(
    database_url: str, tmp_path: Path
) -> None:
    """B69, B71: nothing has left, so nothing is repeated."""
    async with running(
        database_url,
        tmp_path,
        telegram_token=SecretStr("7:token"),
        telegram_api_base="http://127.0.0.1:9",
    ) as here:
        await here.publish("people-pulse")
        sending = await a_campaign(here.core, questionnaire="people-pulse", people=3, hours=ALWAYS)
        await joined(here.core, BOT, dict(zip(sending.people, range(1, 4), strict=True)))
        async with Outgoing(here.core) as outgoing:
            outgoing.sender._sleep = passing(here.clock)
            await outgoing.send()
            assert outgoing.sender.channels.is_down(ChannelName.CHAT)

    assert InvitationState.HELD.value in {
        each.state.value for each in (await invited_later(database_url, tmp_path, sending)).values()
    }


async def invited_later(database_url: str, folder: Path, sending: Sending):  # type: ignore[no-untyped-def]
    async with running(database_url, folder) as here:
        rows = await rows_of(here.core, sending.wave)
        assert {row.repeats for row in rows.values()} == {0}
        assert {row.begun_at for row in rows.values()} == {None}
        return await invited(here.core, sending.wave)
