"""A2, A4, B1, B2, B3, B6, B22: bad, repeated, late and overtaking updates disturb nobody."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from tests.bot.rig import house, newest, presses, says, settled
from tests.support.application import Running
from tests.support.stored import stored_answers
from tests.telegram.faults import Garble
from tests.telegram.people import Person, Shown
from tests.telegram.server import FakeTelegram

LINK = "/start s_people-pulse"
PATIENCE = 60.0
"""Seconds of wall time: hundreds of updates on a busy machine."""


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def sian(telegram: FakeTelegram) -> Person:
    return telegram.person(name="Siân")


async def to_first_question(person: Person) -> Shown:
    await says(person, LINK)
    await presses(person, "Start")
    await says(person, "oakfield")
    return await presses(person, "Oakfield Primary School")


async def sends_the_pulse(person: Person) -> Shown:
    """From the first question to the receipt."""
    await presses(person, "Agree")
    for _ in range(7):
        await presses(person, "Skip")
    return await presses(person, "Send")


async def parked(here: Running) -> Sequence[int]:
    """Updates that were given up."""
    asked = text("SELECT update_id FROM inbox WHERE parked ORDER BY update_id")
    async with here.core.database.reading() as connection:
        return (await connection.execute(asked)).scalars().all()


def malformed(person: Person, number: int) -> dict[str, Any]:
    """An update of this person that is not what the Bot API describes."""
    return {"update_id": number, "message": {"from": person.user, "text": {"not": "a text"}}}


async def poisons(telegram: FakeTelegram, person: Person) -> int:
    """Put one in this person's queue; its number."""
    number, telegram.updates.next_id = telegram.updates.next_id, number_after(telegram)
    await telegram.updates.add_raw(malformed(person, number), lane=("chat", person.id))
    return number


async def _a_day_with_poison(
    here: Running, telegram: FakeTelegram, *, people: int, messages: int
) -> None:
    """Each person writes so often, and once in the middle something that nobody can read."""
    crowd = [telegram.person(name=f"Person {number}") for number in range(people)]
    bad = []
    for number in range(messages):
        for person in crowd:
            await person.sends("/help")
            if number == messages // 2:
                bad.append(await poisons(telegram, person))
    for person in crowd:
        await says(person, "/help")
    await settled(here, within=PATIENCE * people * messages / 500)
    assert await parked(here) == bad
    for person in crowd:
        # Of messages that wait together one is answered for all.
        assert 1 <= len(telegram.ledger.sent_to(person.id)) <= messages + 1


async def test_25_bad_updates_among_500_are_each_parked_once_and_hold_up_nobody(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with house(database_url, tmp_path, telegram) as here:
        await _a_day_with_poison(here, telegram, people=25, messages=19)


@pytest.mark.soak
async def test_500_bad_updates_among_10_000_are_each_parked_once_and_hold_up_nobody(
    database_url: str, tmp_path: Path, telegram: FakeTelegram
) -> None:
    async with house(database_url, tmp_path, telegram) as here:
        await _a_day_with_poison(here, telegram, people=500, messages=19)


async def test_the_next_message_after_a_bad_update_is_answered(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await to_first_question(sian)
        number = await poisons(telegram, sian)
        assert (await presses(sian, "Agree")).text.startswith("2 of 8")
        assert (await says(sian, "4")).text.startswith("3 of 8")
        assert await parked(here) == [number]


def update(number: int, **content: Any) -> bytes:
    return json.dumps({"update_id": number, **content}).encode()


def message_of(person: Person, text: str) -> dict[str, Any]:
    chat = {"id": person.id, "type": "private", "first_name": "S"}
    return {"message_id": 9_999, "date": 1, "chat": chat, "from": person.user, "text": text}


BAD = {
    "no number": lambda number, person: [json.dumps({"message": message_of(person, "x")}).encode()],
    "a text for a number": lambda number, person: [b'{"update_id": "7", "message": {}}'],
    "2 MB": lambda number, person: [update(number, message=message_of(person, "x" * 2_000_000))],
    "nested 300 deep": lambda number, person: [
        b'{"update_id": %d, "poll": %s1%s}' % (number, b"[" * 300, b"]" * 300)
    ],
    "twice the same name": lambda number, person: [
        b'{"update_id": %d, "update_id": %d, "poll": {}}' % (number, number)
    ],
    "a list": lambda number, person: [update(number, message=[1, 2, 3])],
    "nothing": lambda number, person: [update(number, message=None)],
    "a number of 70 bits": lambda number, person: [
        update(number, message={**message_of(person, "x"), "message_id": 2**70})
    ],
    "a surrogate": lambda number, person: [update(number, message=message_of(person, "\ud800"))],
    "a NUL": lambda number, person: [update(number, message=message_of(person, "a\x00b"))],
}


@pytest.mark.filterwarnings("ignore:Detected unknown update type")
@pytest.mark.parametrize("bad", BAD)
async def test_whatever_an_update_holds_the_others_are_answered_and_nothing_storms(
    bad: str, database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    tom = telegram.person(name="Tom")
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await says(tom, "/help")
        number, telegram.updates.next_id = telegram.updates.next_id, number_after(telegram)
        body = b'{"ok":true,"result":[%s]}' % b",".join(BAD[bad](number, sian))
        telegram.faults.order("getUpdates", Garble(200, body, accepted=False))
        await says(tom, "/help")
        async with asyncio.timeout(10):
            await telegram.faults.all_met()
        await says(tom, "/help")
        await says(sian, LINK)
        await settled(here)


@pytest.mark.filterwarnings("ignore:Detected unknown update type")
async def test_a_kind_of_tomorrow_and_a_new_field_are_ignored_and_never_parked(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram) as here:
        for content in (
            {"telepathy": {"from": sian.user, "thought": "x"}},
            {"message": {**message_of(sian, "/help"), "mood": {"of": "tomorrow"}}},
        ):
            number, telegram.updates.next_id = telegram.updates.next_id, number_after(telegram)
            await telegram.updates.add_raw({"update_id": number, **content})
        await says(sian, "/help")
        await settled(here)
        assert await parked(here) == []
        assert len(telegram.ledger.calls("getUpdates")) < 10


def number_after(telegram: FakeTelegram) -> int:
    return telegram.updates.next_id + 1


@pytest.mark.parametrize(
    "body",
    [b"", b"not JSON", b'{"ok":true,"result":7}', b'{"ok":true,"result":[7,null]}', b"[" * 9_000],
)
async def test_an_answer_that_is_no_list_of_updates_is_asked_for_again(
    body: bytes, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(f"sqlite:///{tmp_path}/t.sqlite", tmp_path, telegram):
        await says(sian, "/help")
        telegram.faults.order("getUpdates", Garble(200, body, accepted=False))
        await says(sian, "/help")
        async with asyncio.timeout(10):
            await telegram.faults.all_met()
        await says(sian, "/help")


async def test_a_survey_whose_updates_each_come_five_times_shuffled_is_answered_once(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    telegram.updates.copies = 5
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await to_first_question(sian)
        assert "Receipt" in (await sends_the_pulse(sian)).text
        before = telegram.ledger.sent_to(sian.id)

    # Another poller, which knows no offset, gets everything of the day anew.
    await telegram.updates.redeliver(chance=Random(11))
    async with house(database_url, tmp_path, telegram) as here:
        await says(sian, "/help")
        assert len(await stored_answers(here, "people-pulse")) == 1
        assert len(telegram.ledger.sent_to(sian.id)) == len(before) + 1
        assert telegram.ledger.repeated(sian.id) == ()


async def test_an_update_that_comes_again_23_hours_late_has_no_effect(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        await to_first_question(sian)
        await says(sian, "4")
        late = telegram.updates.history[-1]
        await says(sian, "/back")
        telegram.clock.advance(timedelta(hours=23))
    await telegram.updates.add_raw(late.payload)
    async with house(database_url, tmp_path, telegram):
        assert not (await says(sian, "/help")).text.startswith("2 of 8")
        assert "1 of 8" in " ".join(shown.text for shown in sian.screen)


async def test_numbers_that_start_anew_after_a_quiet_week_lose_nothing(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        await to_first_question(sian)
        before = telegram.updates.next_id
        here.clock.advance(timedelta(days=8))
        telegram.clock.advance(timedelta(days=8))
        await presses(sian, "Agree")
        assert telegram.updates.next_id < before
        assert (await says(sian, "4")).text.startswith("3 of 8")


@pytest.mark.parametrize("tap_first", [True, False])
async def test_a_text_and_a_tap_that_overtake_each_other_both_count_or_are_explained(
    tap_first: bool, database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        await to_first_question(sian)
        async with telegram.updates.held(
            first=lambda kind: (kind == "callback_query") is tap_first
        ):
            query = await sian.taps("Agree")
            await sian.sends("5")
        await sian.until(lambda: query not in sian.spinning)
        if tap_first:
            assert (await sian.sees("3 of 8")).text.startswith("3 of 8")
        else:
            await sian.sees("2 of 8")
            assert "already answered" in sian.toasts[-1].text
        assert telegram.ledger.unanswered(sian.id) == ()


async def test_a_button_of_last_months_survey_is_refused_in_words(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse") as here:
        first = await to_first_question(sian)
        await sends_the_pulse(sian)
        here.clock.advance(timedelta(days=40))
        telegram.clock.advance(timedelta(days=40))
        again = await to_second_survey(sian)

        query = await sian.forge_callback(first.rows[1][0].data or "", first)
        await sian.until(lambda: query not in sian.spinning)

        assert sian.toasts[-1].text
        assert newest(sian) == again
        assert len(await stored_answers(here, "people-pulse")) == 0


async def to_second_survey(person: Person) -> Shown:
    """The unit is known by now."""
    await says(person, LINK)
    return await presses(person, "Start")
