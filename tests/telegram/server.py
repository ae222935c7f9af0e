"""The fake Bot API itself: one bot, any number of people, HTTP on a free loopback port."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Any, Self

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.telegram.chatting import Chatting
from tests.telegram.clock import VirtualClock
from tests.telegram.decode import Upload, attached, fields_of, method_class, parsed
from tests.telegram.downloads import Downloads
from tests.telegram.faults import Cut, Fault, Faults, Garble, Lie, Refuse, Silent
from tests.telegram.groups import Group
from tests.telegram.hosting import Background, Loopback
from tests.telegram.ledger import Call, Ledger
from tests.telegram.limits import Limits
from tests.telegram.people import Person
from tests.telegram.profile import Profile
from tests.telegram.receiving import Receiving
from tests.telegram.refusal import Refusal, not_in_the_fake, too_many_requests
from tests.telegram.updates import UpdateQueue
from tests.telegram.uploading import Uploading
from tests.telegram.world import BOT_ID, Reach, World, number_of

CUT_OFF = 0


class FakeTelegram:
    """`async with FakeTelegram() as telegram:` and give the bot `base_url` and `token`.

    A call is first checked, then meets an ordered fault, then the limits where they are on, then
    takes effect; so a fault never hides a malformed call. Methods that the fake does not know are
    refused with 501.
    """

    def __init__(self) -> None:
        self.token = f"{BOT_ID}:the-token-of-the-fake"
        self.faults = Faults()
        self._world = World()
        self.limits = Limits(self._world.clock)
        self._background = Background()
        self._profile = Profile(self._world)
        self._downloads = Downloads(self._world)
        self._taking_files = Uploading(self._world).methods()
        self._handlers: Mapping[str, Any] = {
            **self._taking_files,
            **Chatting(self._world).methods(),
            **self._profile.methods(),
            **self._downloads.methods(),
            **Receiving(
                self._world, background=self._background, reply=self._reply_of_webhook
            ).methods(),
        }
        self._host = Loopback(self._app())

    @property
    def base_url(self) -> str:
        """For TELLBACK_TELEGRAM_API_BASE and aiogram's `TelegramAPIServer.from_base`."""
        return self._host.base_url

    @property
    def ledger(self) -> Ledger:
        return self._world.ledger

    @property
    def clock(self) -> VirtualClock:
        return self._world.clock

    @property
    def updates(self) -> UpdateQueue:
        return self._world.updates

    async def __aenter__(self) -> Self:
        import aiogram.methods  # noqa: F401 now, not while the first request waits

        await self._host.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.updates.close()
        self.faults.close()
        try:
            await self._background.stop_all()
        finally:
            await self._host.__aexit__(kind, error, trace)

    def person(
        self,
        *,
        name: str = "Siân",
        language_code: str | None = "en",
        username: str | None = None,
        known: bool = False,
    ) -> Person:
        """Somebody new, who has not written to the bot yet; or (`known`) has before."""
        chat = self._world.new_chat(name=name, language_code=language_code, username=username)
        if known:
            chat.reach = Reach.OPEN
        return Person(self._world, chat, menu_of=self._profile.menu_of)

    def group(self, *, title: str = "Staff room", kind: str = "group") -> Group:
        """A "group", "supergroup" or "channel" that the bot is not in yet."""
        return Group(self._world, self._world.new_group(title=title, kind=kind))

    def fail_next(
        self,
        method: str,
        *,
        error_code: int = 400,
        description: str = "Bad Request: ordered by the test",
        retry_after: int | None = None,
        times: int = 1,
        chat: int | None = None,
    ) -> None:
        """Refuse the next `times` calls; `retry_after` (seconds) makes it Telegram's 429."""
        refusal = (
            Refusal(error_code, description)
            if retry_after is None
            else too_many_requests(retry_after)
        )
        self.faults.order(method, Refuse(refusal), times=times, chat=chat)

    def cut_next(
        self, method: str, *, accepted: bool, times: int = 1, chat: int | None = None
    ) -> None:
        """Reset the connection, after the call took effect or before."""
        self.faults.order(method, Cut(accepted), times=times, chat=chat)

    def garble_next(
        self, method: str, *, status: int, body: bytes, times: int = 1, chat: int | None = None
    ) -> None:
        """Let the call take effect and answer with something else."""
        self.faults.order(method, Garble(status, body), times=times, chat=chat)

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/bot{token}/{method}", self._endpoint, methods=["GET", "POST"]),
                Route("/file/bot{token}/{path:path}", self._file, methods=["GET"]),
            ],
            exception_handlers={HTTPException: _not_found},
        )

    async def _endpoint(self, request: Request) -> Response:
        try:
            if request.path_params["token"] != self.token:
                raise Refusal(401, "Unauthorized")
            fields, uploads = await fields_of(request)
            name = request.path_params["method"]
            return await self._answer(name, fields, attached(fields, uploads))
        except Refusal as refusal:
            return JSONResponse(refusal.body(), status_code=refusal.error_code)

    async def _file(self, request: Request) -> Response:
        """A file that getFile told the way to."""
        if request.path_params["token"] != self.token:
            return JSONResponse(Refusal(401, "Unauthorized").body(), status_code=401)
        fault = await self.faults.past(self.faults.take("download", None, None))
        content = None if fault is not None else self._downloads.read(request.path_params["path"])
        self._note("download", None, 404 if content is None else None)
        match fault:
            case Cut():
                return _ResetConnection(self._host)
            case Refuse(refusal):
                return JSONResponse(refusal.body(), status_code=refusal.error_code)
        if content is None:
            return JSONResponse(Refusal(404, "Not Found").body(), status_code=404)
        return Response(content, media_type="application/octet-stream")

    async def _answer(
        self,
        name: str,
        fields: Mapping[str, Any],
        files: Mapping[str, Upload] = MappingProxyType({}),
    ) -> Response:
        """Check the call, meet the fault ordered for it, let it take effect."""
        call = parsed(method_class(name), fields)
        method = call.__api_method__
        about = getattr(call, "chat_id", None)
        chat = None if about is None else number_of(about)
        fault = await self.faults.past(self.faults.take(method, chat, call))
        try:
            result = None if _spares(fault) else await self._perform(method, call, files, fault)
        except Refusal as refusal:
            self._note(method, chat, refusal.error_code)
            raise
        self._note(method, chat, CUT_OFF if isinstance(fault, Cut | Silent) else None)
        match fault:
            case Cut():
                return _ResetConnection(self._host)
            case Silent():
                return _NoAnswer(self._host, self.faults)
            case Lie(told):
                return JSONResponse({"ok": True, "result": told(result or {})})
            case Garble(status, body):
                return Response(body, status_code=status)
            case _:
                return JSONResponse({"ok": True, "result": result})

    async def _perform(
        self, method: str, call: Any, files: Mapping[str, Upload], fault: Fault | None
    ) -> Any:
        if isinstance(fault, Refuse):
            raise fault.refusal
        handler = self._handlers.get(method.lower())
        if handler is None:
            raise not_in_the_fake(method)
        about = getattr(call, "chat_id", None)
        self.limits.check(method, None if about is None else number_of(about))
        if method.lower() in self._taking_files:
            return await handler(call, files)
        if files:
            raise not_in_the_fake(f"files for {method}")
        return await handler(call)

    def _note(self, method: str, chat: int | None, error_code: int | None) -> None:
        self.ledger.note_call(
            Call(at=self.clock.now(), method=method, chat=chat, error_code=error_code)
        )

    async def _reply_of_webhook(self, answer: Mapping[str, Any]) -> None:
        """Telegram tells nobody how a call made as the answer to a webhook ended."""
        fields = {name: value for name, value in answer.items() if name != "method"}
        try:
            await self._answer(answer["method"], fields)
        except Refusal as refusal:
            self._note(f"webhook reply {answer['method']}", None, refusal.error_code)


def _spares(fault: Fault | None) -> bool:
    return isinstance(fault, Cut | Silent | Garble) and not fault.accepted


class _ResetConnection(Response):
    def __init__(self, host: Loopback) -> None:
        super().__init__()
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._host.reset(scope)
        await _hangs_up(receive)


class _NoAnswer(Response):
    """Says nothing until the other side gives up, or the fake closes and breaks the line."""

    def __init__(self, host: Loopback, faults: Faults) -> None:
        super().__init__()
        self._host, self._faults = host, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with asyncio.TaskGroup() as tasks:
            gone = tasks.create_task(_hangs_up(receive))
            closing = tasks.create_task(self._faults.closed())
            await asyncio.wait({gone, closing}, return_when=asyncio.FIRST_COMPLETED)
            if not gone.done():
                self._host.reset(scope)
            closing.cancel()


async def _hangs_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _not_found(_request: Request, _error: Exception) -> Response:
    return JSONResponse(Refusal(404, "Not Found").body(), status_code=404)
