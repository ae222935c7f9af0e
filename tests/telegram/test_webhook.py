"""Delivery to the bot's own address, into a small ASGI application on loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import pytest
from aiogram.exceptions import TelegramBadRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.telegram.hosting import Loopback
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

if TYPE_CHECKING:
    from aiogram import Bot


class Receiver:
    """Keeps what arrives; answers with `answers` in turn, then 200."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.answers: list[Response] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._changed = asyncio.Condition()
        app = Starlette(routes=[Route("/hook", self._receive, methods=["POST"])])
        self.host = Loopback(app)

    @property
    def url(self) -> str:
        return f"{self.host.base_url}/hook"

    async def _receive(self, request: Request) -> Response:
        update = await request.json()
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        async with self._changed:
            self.got.append(update)
            self._changed.notify_all()
        await self.gate.wait()
        return self.answers.pop(0) if self.answers else Response()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(holds)

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.got if "message" in update]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    async with made.host:
        yield made


async def test_updates_arrive_in_order_with_the_secret(
    bot: "Bot", telegram: FakeTelegram, receiver: Receiver
) -> None:
    person = telegram.person()
    await person.sends("waiting already")
    await bot.set_webhook(receiver.url, secret_token="a-Secret_1")
    await person.sends("later")
    await receiver.until(lambda: len(receiver.got) == 2)
    assert receiver.texts == ["waiting already", "later"]
    assert receiver.secrets == ["a-Secret_1"] * 2


async def test_a_refused_update_comes_again_until_it_is_taken(
    bot: "Bot", telegram: FakeTelegram, receiver: Receiver
) -> None:
    receiver.answers = [Response(status_code=500), Response(status_code=302)]
    person = telegram.person()
    await bot.set_webhook(receiver.url)
    await person.sends("1")
    await person.sends("2")
    await receiver.until(lambda: len(receiver.got) == 4)
    assert receiver.texts == ["1", "1", "1", "2"]
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 302"
    assert info.last_error_date is not None


async def test_a_stuck_person_holds_up_nobody_else_and_messages_not_presses(
    bot: "Bot", telegram: FakeTelegram, receiver: Receiver
) -> None:
    receiver.gate.clear()
    stuck, other = telegram.person(), telegram.person()
    await bot.set_webhook(receiver.url)
    typed = await stuck.sends("1")
    await stuck.sends("2")
    await stuck.forge_callback("a", typed)
    await other.sends("3")
    await receiver.until(lambda: len(receiver.got) == 3)
    assert receiver.texts == ["1", "3"]
    assert (await bot.get_webhook_info()).pending_update_count == 4
    receiver.gate.set()
    await receiver.until(lambda: len(receiver.got) == 4)
    assert receiver.texts == ["1", "3", "2"]


async def test_one_connection_takes_one_update_at_a_time(
    bot: "Bot", telegram: FakeTelegram, receiver: Receiver
) -> None:
    receiver.gate.clear()
    await bot.set_webhook(receiver.url, max_connections=1)
    await telegram.person().sends("1")
    await telegram.person().sends("2")
    await receiver.until(lambda: len(receiver.got) == 1)
    receiver.gate.set()
    await receiver.until(lambda: len(receiver.got) == 2)


async def test_the_answer_may_be_a_call(
    bot: "Bot", telegram: FakeTelegram, receiver: Receiver
) -> None:
    person = telegram.person()
    reply = {"method": "sendMessage", "chat_id": person.id, "text": "by return"}
    refused = {"method": "sendMessage", "chat_id": person.id, "text": ""}
    receiver.answers = [JSONResponse(refused), JSONResponse(reply)]
    await bot.set_webhook(receiver.url)
    await person.sends("1")
    await person.sends("2")
    await person.sees("by return")
    assert len(telegram.ledger.sent_to(person.id)) == 1


async def test_a_receiver_that_is_down_loses_nothing(
    bot: "Bot", sian: Person, telegram: FakeTelegram
) -> None:
    await bot.set_webhook("http://127.0.0.1:9/hook")
    await sian.sends("kept")
    await bot.delete_webhook()
    assert [each.message.text for each in await bot.get_updates() if each.message] == [
        "/start",
        "kept",
    ]


async def test_pending_updates_can_be_dropped(bot: "Bot", sian: Person) -> None:
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == []


async def test_without_a_webhook_there_is_no_address(bot: "Bot", sian: Person) -> None:
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == ("", 1)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"url": "ftp://example.org"}, "invalid webhook URL"),
        ({"url": "https://"}, "invalid webhook URL"),
        ({"url": "https://example.org", "secret_token": "no spaces"}, "unallowed characters"),
        ({"url": "https://example.org", "secret_token": "a" * 257}, "unallowed characters"),
        ({"url": "https://example.org", "max_connections": 101}, "max_connections"),
    ],
)
async def test_a_bad_webhook_is_refused(bot: "Bot", given: dict[str, Any], refusal: str) -> None:
    with pytest.raises(TelegramBadRequest, match=refusal):
        await bot.set_webhook(**given)
    assert (await bot.get_webhook_info()).url == ""
