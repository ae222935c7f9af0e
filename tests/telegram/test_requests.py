"""The door of the fake: tokens, names of methods, ways to give parameters, unknown fields."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiogram.exceptions import TelegramNotFound, TelegramUnauthorizedError
from aiogram.methods import TelegramMethod

from tests.telegram.client import bot_of
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

if TYPE_CHECKING:
    from aiogram import Bot


class Caller:
    """Calls by plain HTTP; what aiogram would never send."""

    def __init__(self, session: aiohttp.ClientSession, telegram: FakeTelegram) -> None:
        self._session = session
        self._base = f"{telegram.base_url}/bot{telegram.token}"

    async def __call__(self, name: str, verb: str = "POST", **request: Any) -> dict[str, Any]:
        async with self._session.request(verb, f"{self._base}/{name}", **request) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == answer.get("error_code", 200)
            return answer


@pytest.fixture
async def call(telegram: FakeTelegram) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(session, telegram)


async def test_the_bot_learns_who_it_is(bot: "Bot", telegram: FakeTelegram) -> None:
    me = await bot.get_me()
    assert me.is_bot
    assert telegram.token.startswith(f"{me.id}:")


async def test_a_wrong_token_is_refused(telegram: FakeTelegram) -> None:
    async with bot_of(telegram, token="4200000001:another") as stranger:
        with pytest.raises(TelegramUnauthorizedError, match="Unauthorized"):
            await stranger.get_me()


async def test_an_unknown_method_is_not_found(bot: "Bot") -> None:
    class SendTelepathy(TelegramMethod[bool]):
        __returning__ = bool
        __api_method__ = "sendTelepathy"

    with pytest.raises(TelegramNotFound):
        await bot(SendTelepathy())


async def test_an_unknown_path_is_not_found_in_json(telegram: FakeTelegram) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{telegram.base_url}/elsewhere") as response,
    ):
        assert response.status == 404
        assert await response.json() == {
            "ok": False,
            "error_code": 404,
            "description": "Not Found",
        }


async def test_a_method_that_the_fake_lacks_is_refused_aloud(call: Caller, sian: Person) -> None:
    answer = await call("sendDice", json={"chat_id": sian.id})
    assert answer["error_code"] == 501


@pytest.mark.parametrize("verb", ["GET", "POST"])
async def test_parameters_may_stand_in_the_address(call: Caller, sian: Person, verb: str) -> None:
    given = {"chat_id": str(sian.id), "text": "hello"}
    answer = await call("SENDmessage", verb, params=given)
    assert answer["result"]["text"] == "hello"


async def test_parameters_may_be_json_a_form_or_parts(call: Caller, sian: Person) -> None:
    parts = aiohttp.FormData({"chat_id": str(sian.id), "text": "c"}, default_to_multipart=True)
    assert (await call("sendMessage", json={"chat_id": sian.id, "text": "a"}))["ok"]
    assert (await call("sendMessage", data={"chat_id": sian.id, "text": "b"}))["ok"]
    assert (await call("sendMessage", data=parts))["ok"]
    assert [each.text for each in sian.screen if each.by_bot] == ["a", "b", "c"]


async def test_an_unknown_field_is_refused_at_any_depth(call: Caller, sian: Person) -> None:
    shallow = {"chat_id": sian.id, "text": "a", "colour": "red"}
    button = {"text": "Agree", "callback_data": "a", "colour": "red"}
    deep = {"chat_id": sian.id, "text": "a", "reply_markup": {"inline_keyboard": [[button]]}}

    first = await call("sendMessage", json=shallow)
    second = await call("sendMessage", json=deep)

    assert first["description"] == "Bad Request: unknown field colour"
    assert second["description"].startswith("Bad Request: unknown field reply_markup.")
    assert second["description"].endswith(".colour")
    assert not telegram_sent(sian)


@pytest.mark.parametrize(
    ("given", "description"),
    [
        ({"text": "a"}, "chat_id is empty"),
        ({"chat_id": "1"}, "message text is empty"),
        (
            {"chat_id": "1", "text": "a", "reply_markup": "{"},
            "can't parse reply_markup JSON object",
        ),
    ],
)
async def test_a_missing_or_broken_field_is_named(
    call: Caller, given: dict[str, str], description: str
) -> None:
    answer = await call("sendMessage", data=given)
    assert answer["description"] == f"Bad Request: {description}"


async def test_a_field_of_the_wrong_type_is_named(call: Caller, sian: Person) -> None:
    answer = await call("deleteMessage", json={"chat_id": sian.id, "message_id": "first"})
    assert answer["description"].startswith("Bad Request: field message_id: ")


async def test_a_parameter_given_twice_is_refused(call: Caller, sian: Person) -> None:
    answer = await call("sendMessage", params={"text": "a"}, json={"chat_id": sian.id, "text": "b"})
    assert answer["description"] == "Bad Request: parameter text is given twice"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff"])
async def test_a_body_that_is_no_json_object_is_refused(call: Caller, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = await call("getMe", data=body, headers=headers)
    assert answer["description"] == "Bad Request: can't parse JSON object"


async def test_an_upload_is_refused_aloud(call: Caller) -> None:
    form = aiohttp.FormData({"url": "https://example.org"})
    form.add_field("certificate", b"pem", filename="cert.pem")
    assert (await call("setWebhook", data=form))["error_code"] == 501


def telegram_sent(person: Person) -> list[str]:
    return [each.text for each in person.screen if each.by_bot]
