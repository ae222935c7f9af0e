"""`tellback serve`: everything in one process."""

import asyncio
import errno
import gc
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated

import structlog
import typer
import uvicorn
from uvicorn.loops.auto import auto_loop_factory

from analytics.figures import open_figures
from api.app import create_app
from api.commands.running import refusals, refuse
from api.demonstration import ORGANISATION, load_demonstration
from api.logs import configure_logs
from api.simulating import simulate
from bot.worker import Worker
from survey.domain.records import InstallationKind
from survey.errors import CannotStart, FieldsRejected
from survey.settings import DEMO_DATABASE, Settings, read_settings, unsafe
from survey.wiring import Application, open_application

_DRAIN_SECONDS = 20
_BOT_RESTS_SECONDS = 10
_log = structlog.get_logger()


def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="A demonstration with invented answers.")
    ] = False,
) -> None:
    """Serve the pages, the API, the worker, and the bot when a token is set."""
    with refusals():
        settings = _settings(demo)
        if faults := unsafe(settings, os.environ):
            raise FieldsRejected(faults)
        configure_logs()
        with (
            _listening(settings) as listener,
            asyncio.Runner(loop_factory=auto_loop_factory()) as runner,
        ):
            runner.run(_serve(settings, listener))


def _settings(demo: bool) -> Settings:
    overrides: dict[str, object] = {"demo": True} if demo else {}
    if demo or read_settings().demo:
        if "TELLBACK_DATABASE_URL" not in os.environ:
            overrides["database_url"] = DEMO_DATABASE
        if "TELLBACK_ORGANISATION" not in os.environ:
            overrides["organisation"] = ORGANISATION
    return read_settings(**overrides)


def _listening(settings: Settings) -> socket.socket:
    """The socket, taken before anything else so that a taken port is said at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            free = settings.port + 1
            refuse(
                [
                    f"port {settings.port} is taken by another program; "
                    f"choose another with TELLBACK_PORT={free}"
                ]
            )
        refuse([f"TELLBACK_HOST and TELLBACK_PORT: this address cannot be used ({error.strerror})"])
    return listener


class _Server(uvicorn.Server):
    """Tells when it answers, and leaves signals to us: its own way would end the process before
    the worker has drained."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()


def _stop_by_signal(server: uvicorn.Server) -> None:
    """Ctrl-C or SIGTERM: finish what was begun, then leave."""

    def stop() -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)


async def _serve(settings: Settings, listener: socket.socket) -> None:
    async with open_application(settings) as core, open_figures(core) as figures:
        await _claim(core)
        if settings.demo:
            await load_demonstration(core, figures)
            figures.charts.start()
        worker = Worker(core, figures)
        app = create_app(core, figures, on_submission=worker.nudge)
        server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=_DRAIN_SECONDS,
            ),
            announce=lambda: _announce(settings, listener),
        )
        async with worker, asyncio.TaskGroup() as tasks:
            bots = []
            if settings.demo:
                bots.append(
                    tasks.create_task(_kept_up(lambda: simulate(core, worker, app.state.desk)))
                )
            if settings.telegram_token.get_secret_value():
                from bot.process import run_bot  # aiogram takes seconds to import

                bots.append(tasks.create_task(_kept_up(lambda: run_bot(core, worker))))
            _stop_by_signal(server)
            _leave_out_of_collections()
            await server.serve([listener])
            for bot in bots:
                bot.cancel()


async def _kept_up(talk: Callable[[], Awaitable[None]]) -> None:
    """The bot begins again after an error that nobody foresaw; the pages go on meanwhile."""
    while True:
        try:
            return await talk()
        except Exception as error:
            _log.error("bot_failed", exc_info=error)
            await asyncio.sleep(_BOT_RESTS_SECONDS)


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


def _announce(settings: Settings, listener: socket.socket) -> None:
    """Say which doors are open."""
    port = listener.getsockname()[1]
    base = settings.public_url or f"http://{settings.host}:{port}"
    if not settings.demo:
        typer.echo(f"Tellback serves {settings.organisation} at {base}")
        return
    typer.echo("Tellback demonstration: a borough with invented answers")
    typer.echo(f"  Start here                   {base}/")
    typer.echo(f"  Answer a survey on the web   {base}/s/people-pulse")
    typer.echo(f"  Talk to the bot              {base}/chat")
    typer.echo(f"  See what came of it          {base}/staff/trends")
    typer.echo(f"  Read about the API           {base}/api/docs")
    typer.echo("Stop with Ctrl-C. Start over: rm var/demo.sqlite")
