"""What goes wrong between us and Telegram, and what people see of it: as little as can be."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.screen import Screen
from bot.sweeper import PATIENCE, Sweeper
from tests.bot.rig import house, newest, no_wait, presses, says, settled
from tests.support.application import Running
from tests.telegram.client import bot_of
from tests.telegram.ledger import SENT
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

LINK = "/start s_people-pulse"


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def sian(telegram: FakeTelegram) -> Person:
    return telegram.person(name="Siân <b>&")


async def _begun(person: Person) -> None:
    await says(person, LINK)
    await presses(person, "Start")
    await says(person, "oak")
    await presses(person, "Oakfield Primary School")


async def _sweep(here: Running, telegram: FakeTelegram) -> None:
    await settled(here)
    here.clock.advance(PATIENCE + timedelta(seconds=1))
    async with bot_of(telegram) as bot:
        await Sweeper(here.core, Screen(bot, sleep=no_wait), bot=bot.id).sweep()


async def test_a_refused_edit_becomes_one_new_message(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        await _begun(sian)
        before = len(telegram.ledger.sent_to(sian.id))
        telegram.fail_next("editMessageText", description="Bad Request: message can't be edited")
        shown = await presses(sian, "Agree")
        assert shown.text.startswith("2 of 8")
        assert len(telegram.ledger.sent_to(sian.id)) == before + 1

        assert (await presses(sian, "Agree")).message_id == shown.message_id
        assert len(telegram.ledger.sent_to(sian.id)) == before + 1


async def test_a_turn_that_could_not_be_shown_is_shown_by_the_sweeper_once(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await _begun(sian)
        telegram.cut_next("editMessageText", accepted=False)
        await sian.taps("Agree")
        await says(sian, "/help")  # in the same lane, so the failed reply is over
        assert telegram.faults.outstanding == 0
        assert not any("2 of 8" in shown.text for shown in sian.screen)

        await _sweep(here, telegram)
        assert any("2 of 8" in shown.text for shown in sian.screen)
        shown = telegram.ledger.shown(sian.id)
        await _sweep(here, telegram)
        assert telegram.ledger.shown(sian.id) == shown


async def test_the_receipt_is_shown_after_a_crash_that_followed_the_sending(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "before-a-change") as here:
        await says(sian, "/start s_before-a-change")
        await presses(sian, "Start")
        await says(sian, "oak")
        await presses(sian, "Oakfield Primary School")
        for _ in range(5):
            await presses(sian, "Skip")
        telegram.cut_next("editMessageText", accepted=False)
        await sian.taps("Send")
        await says(sian, "/help")
        await _sweep(here, telegram)

    assert any("Receipt" in shown.text for shown in sian.screen)
    assert not any("Check your answers" in shown.text for shown in sian.screen)


async def test_who_blocks_the_bot_and_comes_back_finds_the_same_question(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await _begun(sian)
        await sian.taps("Agree")
        await sian.blocks()
        await sian.until(lambda: not sian.spinning)
        await _sweep(here, telegram)
        await _sweep(here, telegram)

        await sian.unblocks()
        shown = await says(sian, LINK)
    assert shown.text.startswith("2 of 8")


async def test_telegram_asking_for_patience_is_obeyed_once(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        await _begun(sian)
        telegram.fail_next("editMessageText", retry_after=3)
        assert (await presses(sian, "Agree")).text.startswith("2 of 8")


async def test_a_tap_worked_off_too_late_to_be_answered_still_counts(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        await _begun(sian)
        telegram.fail_next("answerCallbackQuery", description="Bad Request: query is too old")
        await sian.taps("Agree")
        await sian.sees("2 of 8")


async def test_the_same_update_delivered_again_after_a_restart_has_no_effect(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        await _begun(sian)
        number = telegram.updates.next_id
        await sian.taps("Agree")
        await sian.sees("2 of 8")
        raw = {
            "update_id": number,
            "message": {
                "message_id": 999,
                "date": 1,
                "chat": {"id": sian.id, "type": "private"},
                "from": {"id": sian.id, "is_bot": False, "first_name": "S"},
                "text": "5",
            },
        }
    await telegram.updates.add_raw(raw)
    async with house(database_url, tmp_path, telegram):
        await says(sian, "/help")
        assert not any("3 of 8" in shown.text for shown in sian.screen)


async def test_a_group_hears_nothing_of_a_survey(
    tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(f"sqlite:///{tmp_path}/t.sqlite", tmp_path, telegram, "people-pulse"):
        await _begun(sian)
        for text in ("/survey", "I agree", LINK):
            command = text.startswith("/")
            entities = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
            await telegram.updates.add(
                "message",
                {
                    "message_id": 5,
                    "date": 1,
                    "chat": {"id": -100, "type": "group", "title": "Staff room"},
                    "from": {"id": sian.id, "is_bot": False, "first_name": "S"},
                    "text": text,
                    **({"entities": entities} if command else {}),
                },
                sender=sian.id,
            )
        await says(sian, "/help")

    in_group = [call for call in telegram.ledger.calls("sendMessage") if call.chat == -100]
    assert len(in_group) == 2
    assert "8 of 8" not in newest(sian).text
    assert all(entry.chat == sian.id for entry in telegram.ledger.entries if entry.method == SENT)
