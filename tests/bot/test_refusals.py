"""What Telegram can answer, and what is made of it."""

import json
from pathlib import Path

import pytest
from aiogram.exceptions import TelegramAPIError

from bot.refusals import Meaning, asked_to_wait, meaning_of
from tests.bot.rig import caller, house, until
from tests.telegram.server import FakeTelegram


def refusal(code: int | None, **parameters: object) -> bytes:
    """An answer of Telegram's that is no success."""
    answer: dict[str, object] = {"ok": False, "description": "no"}
    if code is not None:
        answer["error_code"] = code
    if parameters:
        answer["parameters"] = parameters
    return json.dumps(answer).encode()


@pytest.mark.parametrize(
    ("status", "body", "meaning", "wait"),
    [
        (429, refusal(429, retry_after=17), Meaning.BUSY, 17),
        (429, refusal(429, retry_after=3600), Meaning.BUSY, 3600),
        (429, refusal(429, retry_after=0), Meaning.BUSY, 1),
        (429, refusal(429, retry_after="soon"), Meaning.BUSY, 1),
        (429, refusal(429), Meaning.BUSY, 1),
        (200, refusal(429, retry_after=5), Meaning.BUSY, 5),
        (502, b"<html>Bad gateway</html>", Meaning.UNREACHABLE, 0),
        (500, b'{"ok": false}', Meaning.UNREACHABLE, 0),
        (200, b"", Meaning.UNREACHABLE, 0),
        (200, b"\xff\xfe", Meaning.UNREACHABLE, 0),
        (200, b"[]", Meaning.UNREACHABLE, 0),
        (200, b"[" * 100_000, Meaning.UNREACHABLE, 0),
        (200, b'{"ok": true, "result": "of another kind"}', Meaning.UNREACHABLE, 0),
        (200, refusal(None), Meaning.REFUSED, 0),
        (200, refusal(400), Meaning.REFUSED, 0),
        (400, refusal(400), Meaning.REFUSED, 0),
        (418, refusal(418), Meaning.REFUSED, 0),
        (403, refusal(403), Meaning.PERSON, 0),
        (401, refusal(401), Meaning.TOKEN, 0),
        (404, refusal(404), Meaning.TOKEN, 0),
        (409, refusal(409), Meaning.OTHER_READER, 0),
    ],
)
async def test_every_answer_has_one_meaning(
    status: int, body: bytes, meaning: Meaning, wait: float
) -> None:
    async with FakeTelegram() as telegram, caller(telegram) as bot:
        telegram.garble_next("getMe", status=status, body=body)
        with pytest.raises(TelegramAPIError) as raised:
            await bot.get_me()

    assert (meaning_of(raised.value), asked_to_wait(raised.value)) == (meaning, wait)


async def test_a_broken_line_passes() -> None:
    async with FakeTelegram() as telegram, caller(telegram) as bot:
        telegram.cut_next("getMe", accepted=True)
        with pytest.raises(TelegramAPIError) as raised:
            await bot.get_me()

    assert meaning_of(raised.value) is Meaning.UNREACHABLE


def test_an_error_of_our_own_has_no_meaning_for_telegram() -> None:
    assert meaning_of(ZeroDivisionError()) is None


@pytest.mark.parametrize(
    ("status", "body"),
    [(502, b"<html>Bad gateway</html>"), (200, b""), (429, refusal(429)), (200, refusal(500))],
    ids=["a page", "nothing", "busy", "server error"],
)
async def test_what_passes_is_tried_until_it_works_and_parks_nothing(
    tmp_path: Path, status: int, body: bytes
) -> None:
    async with FakeTelegram() as telegram:
        url = f"sqlite:///{tmp_path}/t.sqlite"
        async with house(url, tmp_path, telegram) as here:
            telegram.garble_next("sendMessage", status=status, body=body, times=4)
            await telegram.person().sends("/help")

            async def settled() -> bool:
                async with here.core.begin.read() as work:
                    waits = (await work.inbox.backlog()).waiting
                return not telegram.faults.outstanding and not waits

            await until(settled)
            async with here.core.begin.read() as work:
                assert await work.inbox.parked() == []
