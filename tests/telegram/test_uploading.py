"""Files that the bot sends, as Telegram takes them."""

import json
from typing import Any

import httpx
import pytest

from tests.support.pictures import picture, saved
from tests.telegram.server import FakeTelegram

PHOTO = saved(picture())


async def call(
    telegram: FakeTelegram, method: str, fields: dict[str, Any], files: dict[str, Any]
) -> dict[str, Any]:
    """What comes back, whatever its status."""
    base = telegram.base_url.rstrip("/")
    async with httpx.AsyncClient() as client:
        address = f"{base}/bot{telegram.token}/{method}"
        answer = await client.post(address, data=fields, files=files)
    found: dict[str, Any] = json.loads(answer.content)
    return found


async def test_a_photo_arrives_with_its_caption_and_counts_as_seen(telegram: FakeTelegram) -> None:
    sian = telegram.person(known=True)
    fields = {"chat_id": sian.id, "photo": "attach://one", "caption": "P-4TK2"}

    answer = await call(telegram, "sendPhoto", fields, {"one": ("a.jpg", PHOTO)})

    shown = answer["result"]
    assert (shown["caption"], shown["photo"][0]["width"]) == ("P-4TK2", 64)
    [seen] = telegram.ledger.shown(sian.id)
    assert (seen.method, seen.text, seen.message_id) == ("sendPhoto", "P-4TK2", shown["message_id"])


async def test_a_document_keeps_its_name_and_its_bytes(telegram: FakeTelegram) -> None:
    sian = telegram.person(known=True)
    fields = {"chat_id": sian.id, "document": "attach://one"}

    answer = await call(telegram, "sendDocument", fields, {"one": ("pay.csv", b"a,b\n")})

    assert answer["result"]["document"]["file_name"] == "pay.csv"
    assert answer["result"]["document"]["file_size"] == 4


@pytest.mark.parametrize(
    ("method", "field", "content", "code", "said"),
    [
        ("sendPhoto", "photo", b"", 400, "file must be non-empty"),
        ("sendPhoto", "photo", b"no picture", 400, "IMAGE_PROCESS_FAILED"),
        ("sendPhoto", "photo", saved(picture(2100, 100)), 400, "PHOTO_INVALID_DIMENSIONS"),
        ("sendPhoto", "photo", b"\xff" * (10 * 1024 * 1024 + 1), 413, "Request Entity Too Large"),
        ("sendDocument", "document", b"", 400, "file must be non-empty"),
    ],
)
async def test_what_telegram_does_not_take_is_refused_and_nobody_sees_it(
    telegram: FakeTelegram, method: str, field: str, content: bytes, code: int, said: str
) -> None:
    sian = telegram.person(known=True)
    fields = {"chat_id": sian.id, field: "attach://one"}

    answer = await call(telegram, method, fields, {"one": ("file", content)})

    assert (answer["ok"], answer["error_code"]) == (False, code)
    assert said in answer["description"]
    assert telegram.ledger.shown(sian.id) == ()


@pytest.mark.parametrize(
    ("named", "part", "code"),
    [("attach://one", "two", 400), ("attach://one", "", 400), ("file-1", "one", 501)],
    ids=["another part", "no part", "a part of nothing"],
)
async def test_a_file_that_is_named_and_not_there_or_there_and_not_named_is_refused(
    telegram: FakeTelegram, named: str, part: str, code: int
) -> None:
    sian = telegram.person(known=True)
    fields = {"chat_id": sian.id, "document": named}
    files = {part: ("pay.csv", b"a,b\n")} if part else {"": ("", b"")}

    answer = await call(telegram, "sendDocument", fields, files)

    assert answer["error_code"] == code
    assert telegram.ledger.shown(sian.id) == ()


async def test_a_caption_is_markup_and_has_its_own_length(telegram: FakeTelegram) -> None:
    sian = telegram.person(known=True)
    fields = {"chat_id": sian.id, "photo": "attach://one", "parse_mode": "HTML"}
    file = {"one": ("a.jpg", PHOTO)}

    bold = await call(telegram, "sendPhoto", {**fields, "caption": "<b>P-4TK2</b>"}, file)
    long = await call(telegram, "sendPhoto", {**fields, "caption": "x" * 1025}, file)

    assert bold["result"]["caption_entities"] == [{"type": "bold", "offset": 0, "length": 6}]
    assert "caption is too long" in long["description"]


async def test_a_file_counts_among_the_messages_that_telegram_limits(
    telegram: FakeTelegram,
) -> None:
    sian = telegram.person(known=True)
    telegram.limits.turn_on()
    fields = {"chat_id": sian.id, "photo": "attach://one"}

    answers = [
        await call(telegram, "sendPhoto", fields, {"one": ("a.jpg", PHOTO)}) for _ in range(4)
    ]

    assert [each["ok"] for each in answers] == [True, True, True, False]
    assert answers[-1]["error_code"] == 429
