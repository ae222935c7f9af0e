"""The webhook: what is stored before Telegram hears 200, and what is turned away."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx2 as httpx
import pytest
from pydantic import SecretStr

from api.app import create_app
from api.limiting import Rates
from bot.mailbox import Mailbox
from survey.errors import Busy
from survey.settings import TelegramMode
from tests.support.application import Running

BOT = 42
SECRET = "a-secret-of-the-webhook_1"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
UPDATE = {"update_id": 7, "message": {"from": {"id": 9}, "text": "hello"}}


class Line:
    """Telegram's side of the webhook."""

    def __init__(self, http: httpx.AsyncClient, here: Running, mailbox: Mailbox) -> None:
        self.http, self.here, self.mailbox = http, here, mailbox
        self.told = 0

    async def sends(
        self, body: bytes, headers: Sequence[tuple[str, str | bytes]] = ((HEADER, SECRET),)
    ) -> int:
        answer = await self.http.post(
            "/telegram/webhook",
            content=body,
            headers=[(name.encode(), _bytes(value)) for name, value in headers],
        )
        return answer.status_code

    async def stored(self) -> tuple[int, int]:
        """How many updates wait, and how many are parked."""
        async with self.here.core.begin.read() as work:
            backlog = await work.inbox.backlog()
        return backlog.waiting, backlog.parked


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


@pytest.fixture
async def line(here: Running) -> AsyncIterator[Line]:
    core = here.core
    settings = core.settings.model_copy(
        update={
            "telegram_mode": TelegramMode.WEBHOOK,
            "telegram_webhook_secret": SecretStr(SECRET),
        }
    )
    mailbox = Mailbox(core, bot=BOT)
    app = create_app(here.core, here.figures, mailbox=mailbox, rates=Rates(per_address=30))
    app.state.application = _with(core, settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        found = Line(http, here, mailbox)

        def told() -> None:
            found.told += 1

        mailbox.tell(told)
        yield found


def _with(core: Any, settings: Any) -> Any:
    from dataclasses import replace

    return replace(core, settings=settings)


async def test_an_update_is_stored_when_telegram_hears_200_and_the_bot_is_told(line: Line) -> None:
    assert await line.sends(json.dumps(UPDATE).encode()) == 200
    assert (await line.stored(), line.told) == ((1, 0), 1)
    async with line.here.core.begin.read() as work:
        [row] = await work.inbox.waiting(BOT, limit=9)
    assert (row.key.bot, row.key.update_id, row.user) == (BOT, 7, 9)
    opened = line.here.core.keys.decrypt(row.payload_key, row.payload)
    assert json.loads(opened) == UPDATE


async def test_an_update_that_comes_again_is_stored_once(line: Line) -> None:
    for _ in range(3):
        assert await line.sends(json.dumps(UPDATE).encode()) == 200
    assert await line.stored() == (1, 0)


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ((HEADER, ""),),
        ((HEADER, "another-secret-of-a-webhook"),),
        ((HEADER, SECRET + "x"),),
        ((HEADER, "x" * 5_000),),
        ((HEADER, "geheim-é".encode()),),
        ((HEADER, b"\xff\xfe\x80"),),
        ((HEADER, SECRET), (HEADER, SECRET)),
        ((HEADER, SECRET), (HEADER, "another")),
    ],
    ids=["none", "empty", "wrong", "longer", "long", "utf-8", "bytes", "twice", "two"],
)
async def test_without_the_one_secret_nothing_is_done(line: Line, headers: Any) -> None:
    assert await line.sends(json.dumps(UPDATE).encode(), headers) == 401
    assert (await line.stored(), line.told) == ((0, 0), 0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        json.dumps(UPDATE).encode("utf-16"),
        b"[1, 2]",
        b"null",
        b'{"message": {}}',
        b'{"update_id": "7"}',
        b'{"update_id": true}',
        b'{"update_id": -1}',
        b'{"update_id": 9223372036854775807}',
        b'{"update_id": 1' + b"0" * 5_000 + b"}",
        b'{"update_id": 7, "update_id": 8}',
        b'{"update_id": 7, "message": {"text": "a", "text": "b"}}',
        b'{"update_id": 7, "message": NaN}',
        b'{"update_id": 7, "message": ' + b"[" * 1_000 + b"]" * 1_000 + b"}",
        b'{"update_id": 7, "message": ' + b'{"a":' * 1_000 + b"1" + b"}" * 1_000 + b"}",
    ],
    ids=lambda body: body[:40].decode("latin-1") + str(len(body)),
)
async def test_what_is_no_update_is_acknowledged_and_parked_once(line: Line, body: bytes) -> None:
    assert [await line.sends(body), await line.sends(body)] == [200, 200]
    assert await line.stored() == (0, 1)
    async with line.here.core.begin.read() as work:
        [parked] = await work.inbox.parked()
    assert parked.code == "malformed"


async def test_a_body_of_two_megabytes_is_refused(line: Line) -> None:
    body = json.dumps({**UPDATE, "more": "x" * 2_000_000}).encode()
    assert await line.sends(body) == 413
    assert await line.stored() == (0, 0)


async def test_an_update_of_an_unknown_kind_is_stored_like_any_other(line: Line) -> None:
    assert await line.sends(b'{"update_id": 8, "telepathy": {"from": {"id": 9}}}') == 200
    assert await line.stored() == (1, 0)


async def test_half_of_a_character_is_kept_and_breaks_nothing(line: Line) -> None:
    assert await line.sends(b'{"update_id": 8, "message": {"text": "\\ud800"}}') == 200
    assert await line.stored() == (1, 0)


async def test_while_the_database_is_away_telegram_is_asked_to_come_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(_body: bytes) -> None:
        raise Busy("away")

    monkeypatch.setattr(line.mailbox, "keep_raw", busy)
    assert await line.sends(json.dumps(UPDATE).encode()) == 503


async def test_telegram_is_not_limited_and_who_guesses_the_secret_is(line: Line) -> None:
    for number in range(40):
        assert await line.sends(json.dumps({**UPDATE, "update_id": number}).encode()) == 200
    answers = [await line.sends(b"{}", ((HEADER, str(number)),)) for number in range(40)]
    assert answers[0] == 401
    assert answers[-1] == 429


async def test_without_a_bot_there_is_no_webhook(here: Running) -> None:
    transport = httpx.ASGITransport(create_app(here.core, here.figures), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        answer = await http.post("/telegram/webhook", json=UPDATE, headers={HEADER: SECRET})
    assert answer.status_code == 401
