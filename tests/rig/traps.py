"""Puts the crash points below the program: at the drivers, at aiogram's session, at the server.

Only ever called in a process that is to die. What is wrapped here belongs to libraries and not to
us, so that the program may be rewritten without a word here.
"""

import os
import signal
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

import uvicorn
from aiogram.client.session.aiohttp import AiohttpSession

from tests.rig import commits
from tests.rig.commits import Pass
from tests.rig.points import SENDS, Crash

WEBHOOK: Final = "/telegram/webhook"


class Trap:
    """Ends the process at the chosen passing; `tell` hears of it first."""

    def __init__(self, crash: Crash | None, tell: Callable[[str], object]) -> None:
        self._crash, self._tell = crash, tell
        self._passed = 0

    def __call__(self, point: str) -> None:
        if self._crash is None or point != self._crash.point:
            return
        self._passed += 1
        if self._passed == self._crash.passing:
            self._tell(point)
            os.kill(os.getpid(), signal.SIGKILL)


def install(passes: Pass) -> None:
    """Put the traps into this process, before the program is started."""
    commits.install(passes)
    _telegram(passes)
    _http(passes)


# --- sends ---


def _telegram(passes: Pass) -> None:
    call = AiohttpSession.make_request

    async def make_request(self: Any, bot: Any, method: Any, *more: Any, **options: Any) -> Any:
        name = method.__api_method__
        if name in SENDS:
            passes(f"before sending: {name}")
            answer = await call(self, bot, method, *more, **options)
            passes(f"after sending: {name}")
            return answer
        if name == "getUpdates" and method.offset:
            passes(f"before acknowledging: {name}")
            answer = await call(self, bot, method, *more, **options)
            passes(f"after acknowledging: {name}")
            return answer
        return await call(self, bot, method, *more, **options)

    AiohttpSession.make_request = make_request  # type: ignore[method-assign]


# --- acknowledgements over HTTP ---


def _http(passes: Pass) -> None:
    load = uvicorn.Config.load

    def loaded(self: uvicorn.Config) -> None:
        load(self)
        self.loaded_app = _watched(self.loaded_app, passes)

    uvicorn.Config.load = loaded  # type: ignore[method-assign]


def _watched(app: Any, passes: Pass) -> Any:
    async def watched(scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        what = ""

        async def sent(message: Any) -> None:
            nonlocal what
            if message["type"] == "http.response.start":
                what = _acknowledged(scope["path"], message["status"])
                if what:
                    passes(f"before acknowledging: {what}")
            await send(message)
            last = message["type"] == "http.response.body" and not message.get("more_body")
            if what and last:
                passes(f"after acknowledging: {what}")

        await app(scope, receive, sent)

    return watched


def _acknowledged(path: str, status: int) -> str:
    if status == HTTPStatus.CREATED:
        return "created 201"
    return "webhook 200" if (path, status) == (WEBHOOK, HTTPStatus.OK) else ""
