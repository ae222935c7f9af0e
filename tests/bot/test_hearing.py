"""Silences of ours, and who is asked to tap again after one."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from bot.hearing import RECENT, TAPS_ARE_KEPT, Hearing
from bot.state import BotState, Trouble
from survey.domain.records import owner_of
from survey.domain.turns import Cancel, Start
from tests.bot.rig import house, newest, presses, says
from tests.support.application import Running
from tests.telegram.server import FakeTelegram

BOT = 42
LONG = TAPS_ARE_KEPT + timedelta(seconds=1)
AGAIN = "please tap it again"


class Line:
    """A bot's line to Telegram, and one person who looks at a question."""

    def __init__(self, here: Running, conversation: UUID) -> None:
        self.here, self.conversation = here, conversation
        self.state = BotState()
        self.told = 0
        self.hearing = self.restart()

    def restart(self) -> Hearing:
        self.hearing = Hearing(self.here.core, self.state, bot=BOT)

        def told() -> None:
            self.told += 1

        self.hearing.on_taps_lost = told
        return self.hearing

    async def is_owed(self) -> bool:
        before = self.here.clock.now() + timedelta(days=1)
        async with self.here.core.begin.read() as work:
            return bool(await work.conversations.owed(BOT, before=before, limit=9))


@pytest.fixture
async def line(here: Running) -> Line:
    await here.publish("people-pulse")
    talk = here.core.conversations
    owner = owner_of(BOT, 7)
    shown = await talk.begin(owner, "people-pulse")
    shown = await talk.apply(shown.conversation, Start(), owner=owner)
    await talk.mark_shown(shown.conversation, revision=shown.state.revision, message_id=5)
    found = Line(here, shown.conversation)
    await found.hearing.well()
    return found


async def test_after_a_long_stop_the_open_turn_is_owed_once_more(line: Line) -> None:
    line.here.clock.advance(LONG)
    await line.restart().well()
    assert (await line.is_owed(), line.told) == (True, 1)

    shown = await line.here.core.conversations.resume(line.conversation, owner=owner_of(BOT, 7))
    await line.here.core.conversations.mark_shown(
        line.conversation, revision=shown.state.revision, message_id=5
    )
    await line.restart().well()
    assert (await line.is_owed(), line.told) == (False, 1)


async def test_after_a_short_stop_nobody_is_asked(line: Line) -> None:
    line.here.clock.advance(TAPS_ARE_KEPT)
    await line.restart().well()
    assert not await line.is_owed()


async def test_a_telegram_that_could_not_be_reached_for_long_is_a_silence_too(line: Line) -> None:
    line.hearing.badly(Trouble.UNREACHABLE)
    line.here.clock.advance(LONG)
    line.hearing.badly(Trouble.UNREACHABLE)
    await line.hearing.well()
    assert await line.is_owed()


async def test_a_quiet_hour_is_no_silence_of_ours(line: Line) -> None:
    line.here.clock.advance(timedelta(hours=1))
    await line.hearing.well()
    assert not await line.is_owed()


async def test_who_was_away_for_days_and_who_is_done_are_left_alone(line: Line) -> None:
    line.here.clock.advance(RECENT + LONG)
    await line.hearing.well()
    line.here.clock.advance(LONG)
    await line.restart().well()
    assert not await line.is_owed()


async def test_whose_survey_is_over_is_left_alone(line: Line) -> None:
    talk, owner = line.here.core.conversations, owner_of(BOT, 7)
    over = await talk.apply(line.conversation, Cancel(), owner=owner)
    await talk.mark_shown(over.conversation, revision=over.state.revision, message_id=5)
    line.here.clock.advance(LONG)
    await line.restart().well()
    assert not await line.is_owed()


async def test_a_first_start_has_missed_nothing(here: Running) -> None:
    state = BotState()
    await Hearing(here.core, state, bot=BOT).well()
    assert (state.trouble, state.since) == (None, here.clock.now())


async def test_trouble_is_seen_with_its_beginning_until_it_ends(line: Line) -> None:
    began = line.here.clock.now()
    line.hearing.badly(Trouble.OTHER_READER)
    line.here.clock.advance(timedelta(minutes=1))
    line.hearing.badly(Trouble.OTHER_READER)
    assert (line.state.trouble, line.state.since) == (Trouble.OTHER_READER, began)

    await line.hearing.well()
    assert (line.state.trouble, line.state.since) == (None, line.here.clock.now())


async def test_after_an_outage_the_question_says_once_to_tap_again(
    database_url: str, tmp_path: Path
) -> None:
    async with FakeTelegram() as telegram:
        sian = telegram.person()
        async with house(database_url, tmp_path, telegram, "people-pulse") as here:
            await says(sian, "/start s_people-pulse")
            await presses(sian, "Start")
            await says(sian, "oakfield")
            await presses(sian, "Oakfield Primary School")
            question = await presses(sian, "Agree")
            clock = here.clock
        lost = await sian.taps("Agree")
        telegram.clock.advance(LONG)
        clock.advance(LONG)
        async with house(database_url, tmp_path, telegram, clock=clock):
            again = await sian.sees(AGAIN)
            assert again.message_id == question.message_id
            assert "2 of 8" in again.text
            assert lost in sian.spinning
            assert (await presses(sian, "Agree")).text.startswith("3 of 8")
            assert AGAIN not in newest(sian).text

    asked = [entry for entry in telegram.ledger.entries if AGAIN in (entry.text or "")]
    assert len(asked) == 1
