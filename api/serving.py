"""A running program out of its roles: the pages and the API, the bot, the worker.

`tellback serve` calls `run`, and so does whoever needs the real program with other parts (a test
with a clock of its own): those come in as arguments and never as settings.
"""

import asyncio
import errno
import gc
import socket
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

import structlog
import uvicorn

from analytics.figures import Figures, open_figures
from api.app import create_app, create_probes
from api.demonstration import load_demonstration
from api.limiting import Rates
from api.roles import EVERYTHING, Role
from api.simulating import simulate
from bot.holding import while_released
from bot.mailbox import Mailbox
from bot.outgoing import pacer_of
from bot.pacing import Pacer
from bot.state import BotState
from bot.ticking import Job, Ticker, jobs_tallied
from bot.worker import Worker
from survey.domain.records import InstallationKind
from survey.errors import Busy, CannotStart
from survey.settings import Settings
from survey.tally import Tally
from survey.wiring import Application, World, open_application

_DRAIN_SECONDS: Final = 20
_REQUESTS_DRAIN_SECONDS: Final = 15
_BOT_RESTS_SECONDS: Final = 10
_USES_KEPT: Final = timedelta(seconds=30)
_log = structlog.get_logger()

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a test entry point may replace.

    Args:
        world: time, identifiers and chance; the real ones where none are given.
        rates: limits of requests.
        sleep: how the bot waits before it tries again.
    """

    world: World | None = None
    rates: Rates | None = None
    sleep: Sleep = asyncio.sleep


async def run(
    settings: Settings,
    *,
    roles: Collection[Role] = EVERYTHING,
    stop: asyncio.Event,
    listener: socket.socket | None = None,
    announce: Callable[[], object] = bool,
    tally: Tally | None = None,
    parts: Parts | None = None,
) -> None:
    """Play these roles until `stop` is set, then finish what was begun.

    What is not finished in time is given up: it was never acknowledged, or waits in the database.

    Args:
        listener: where the pages and the API are served; a process without them answers probes
            there, if it has one.
        announce: called once, when requests are answered and the other roles have begun.
        tally: where to count what is done, for the metrics; a new one where none is given.

    Raises: CannotStart.
    """
    _refuse_what_cannot_be(settings, roles, listener)
    parts = parts or Parts()
    async with (
        open_application(settings, parts.world, tally) as core,
        open_figures(core) as figures,
    ):
        await _claim(core)
        if settings.demo and Role.API in roles:
            await load_demonstration(core, figures)
            figures.charts.start()
        try:
            async with asyncio.timeout(None) as deadline:
                await _play(_Stage(core, figures, stop, deadline, parts), roles, listener, announce)
        except TimeoutError:
            if not deadline.expired():
                raise
            _log.error("stop_timed_out", seconds=_DRAIN_SECONDS)


def listening(settings: Settings, roles: Collection[Role]) -> socket.socket | None:
    """The socket, to be taken before anything else so that a taken port is said at once.

    None for a process that has neither pages nor a port for probes.

    Raises: CannotStart.
    """
    has_pages = Role.API in roles
    name = "PORT" if has_pages else "PROBE_PORT"
    port = settings.port if has_pages else settings.probe_port
    if port is None:
        return None
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(
                f"port {port} is taken by another program; "
                f"choose another with TELLBACK_{name}={port + 1}"
            ) from error
        raise CannotStart(
            f"TELLBACK_HOST and TELLBACK_{name}: this address cannot be used ({error.strerror})"
        ) from error
    return listener


def _refuse_what_cannot_be(
    settings: Settings, roles: Collection[Role], listener: socket.socket | None
) -> None:
    """Raises: CannotStart."""
    if set(roles) != EVERYTHING and settings.database_url.startswith("sqlite"):
        raise CannotStart(
            "--only needs PostgreSQL: name one in TELLBACK_DATABASE_URL, or leave --only out, "
            "since one process does everything on SQLite"
        )
    if set(roles) != EVERYTHING and settings.demo:
        raise CannotStart(
            "TELLBACK_DEMO: a demonstration is one process, since its chats are kept in memory; "
            "leave --only out"
        )
    if set(roles) == {Role.BOT} and not settings.telegram_token.get_secret_value():
        raise CannotStart("TELLBACK_TELEGRAM_TOKEN: --only bot needs the token of the bot")
    if Role.API in roles and listener is None:
        raise ValueError("the API needs a listener")


@dataclass(frozen=True, slots=True)
class _Stage:
    """What every role needs."""

    core: Application
    figures: Figures
    stop: asyncio.Event
    deadline: asyncio.Timeout
    parts: Parts


async def _play(
    stage: _Stage,
    roles: Collection[Role],
    listener: socket.socket | None,
    announce: Callable[[], object],
) -> None:
    """All roles side by side, each until `stop` and its own draining."""
    pacer = pacer_of(stage.core)
    worker = Worker(stage.core, stage.figures, pacer=pacer)
    line = _line(stage.core)
    talk = _talk(stage, worker, line, pacer) if line and Role.BOT in roles else None
    _leave_out_of_collections()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_limit(stage))
        if Role.WORKER in roles:
            tasks.create_task(_work(worker, stage.stop))
        if talk is not None:
            tasks.create_task(_until(stage.stop, _kept_up(talk, stage.parts.sleep)))
        if Role.API in roles:
            tasks.create_task(_note_uses(stage))
            app = create_app(
                stage.core,
                stage.figures,
                rates=stage.parts.rates,
                on_submission=worker.nudge,
                applies_updates=talk is not None,
                mailbox=line.mailbox if line else None,
                bot=line.state if line and talk else None,
            )
            if stage.core.settings.demo:
                chat = partial(simulate, stage.core, worker, app.state.desk)
                tasks.create_task(_until(stage.stop, _kept_up(chat, stage.parts.sleep)))
        else:
            app = create_probes(stage.core, applies_updates=talk is not None)
        if listener is not None:
            tasks.create_task(_answer(app, listener, stage.stop, announce))
        else:
            announce()


@dataclass(frozen=True, slots=True)
class _Line:
    """What the API and the bot of one process share."""

    mailbox: Mailbox
    state: BotState


def _line(core: Application) -> _Line | None:
    """None where there is no bot at all."""
    number, _, secret = core.settings.telegram_token.get_secret_value().partition(":")
    if not secret:
        return None
    return _Line(Mailbox(core, bot=int(number)), BotState())


def _talk(
    stage: _Stage, worker: Worker, line: _Line, pacer: Pacer | None
) -> Callable[[], Awaitable[None]]:
    """How to run the bot."""
    from bot.process import run_bot  # aiogram takes seconds to import

    talk = partial(
        run_bot,
        stage.core,
        worker,
        sleep=stage.parts.sleep,
        mailbox=line.mailbox,
        state=line.state,
        pacer=pacer,
    )
    return partial(while_released, stage.core, talk)


async def _note_uses(stage: _Stage) -> None:
    """Keep from time to time, and at the end, how API keys were used."""
    keeping = Job("key_uses", _USES_KEPT, stage.core.api_keys.keep_uses)
    async with Ticker([keeping], ended=jobs_tallied(stage.core)):
        await stage.stop.wait()
    with suppress(Busy):
        await stage.core.api_keys.keep_uses()


async def _limit(stage: _Stage) -> None:
    """Draining has an end."""
    await stage.stop.wait()
    stage.deadline.reschedule(asyncio.get_running_loop().time() + _DRAIN_SECONDS)


async def _work(worker: Worker, stop: asyncio.Event) -> None:
    async with worker:
        await stop.wait()


async def _answer(
    app: object, listener: socket.socket, stop: asyncio.Event, announce: Callable[[], object]
) -> None:
    """Serve HTTP; a server that ends by itself ends the program."""
    server = _Server(
        uvicorn.Config(
            app,  # type: ignore[arg-type]  # any ASGI application
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_REQUESTS_DRAIN_SECONDS,
        ),
        announce=announce,
    )
    async with asyncio.TaskGroup() as tasks:

        async def leave() -> None:
            await stop.wait()
            server.should_exit = True

        tasks.create_task(leave())
        try:
            await server.serve([listener])
        finally:
            stop.set()


class _Server(uvicorn.Server):
    """Tells when it answers, and leaves signals to us: its own way would end the process before
    the worker has drained."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], object]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()


async def _until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Cancel the work when it is time to stop, and wait until it has ended."""
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(work)
        await stop.wait()
        working.cancel()


async def _kept_up(talk: Callable[[], Awaitable[None]], sleep: Sleep) -> None:
    """The bot begins again after an error that nobody foresaw; the pages go on meanwhile."""
    while True:
        try:
            return await talk()
        except Exception as error:
            _log.error("bot_failed", exc_info=error)
            await sleep(_BOT_RESTS_SECONDS)


def _leave_out_of_collections() -> None:
    """What has been loaded stays: without this, each full collection stops all requests for it."""
    gc.collect()
    gc.freeze()


async def _claim(core: Application) -> None:
    """A demonstration and real answers never share a database. Raises: CannotStart."""
    wanted = InstallationKind.DEMO if core.settings.demo else InstallationKind.REAL
    async with core.begin() as work:
        kind = await work.installation.kind()
        if kind is None and wanted is InstallationKind.DEMO and await work.questionnaires.all():
            kind = InstallationKind.REAL
        if kind is None:
            await work.installation.settle(wanted)
            await work.commit()
        elif kind is not wanted:
            held = "a demonstration" if kind is InstallationKind.DEMO else "real answers"
            raise CannotStart(
                f"TELLBACK_DATABASE_URL: this database holds {held}; name another one"
            )
