"""`tellback serve`: everything in one process, or one role of it."""

import asyncio
import os
import signal
import socket
from collections.abc import Collection
from contextlib import closing, nullcontext
from functools import partial
from typing import Annotated

import structlog
import typer

from api.commands.running import refusals
from api.logs import LogPipe, configure_logs
from api.roles import EVERYTHING, STOP_SECONDS, Role
from survey.errors import FieldsRejected
from survey.settings import DEMO_DATABASE, DEMO_FILES, Settings, read_settings, unsafe
from survey.tally import Counted, Tally

_log = structlog.get_logger()


def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="A demonstration with invented answers.")
    ] = False,
    only: Annotated[
        Role | None,
        typer.Option("--only", help="One part in a process of its own; needs PostgreSQL."),
    ] = None,
) -> None:
    """Serve the pages, the API, the worker, and the bot when a token is set."""
    # The pages take seconds to import, and no other command needs them.
    from uvicorn.loops.auto import auto_loop_factory

    from api.serving import listening

    roles = EVERYTHING if only is None else frozenset({only})
    with refusals():
        settings = _settings(demo)
        if faults := unsafe(settings, os.environ):
            raise FieldsRejected(faults)
        tally = Tally()
        pipe = configure_logs(lost=partial(tally.count, Counted.LOG_LINES_LOST))
        with (
            closing(pipe),
            listening(settings, roles) or nullcontext() as listener,
            asyncio.Runner(loop_factory=auto_loop_factory()) as runner,
        ):
            runner.run(_serve(settings, roles, listener, tally, pipe))


def _settings(demo: bool) -> Settings:
    overrides: dict[str, object] = {"demo": True} if demo else {}
    if demo or read_settings().demo:
        if "TELLBACK_DATABASE_URL" not in os.environ:
            overrides["database_url"] = DEMO_DATABASE
        if "TELLBACK_FILES_DIR" not in os.environ:
            # A folder belongs to one database: what it does not name is swept.
            overrides["files_dir"] = DEMO_FILES
        if "TELLBACK_ORGANISATION" not in os.environ:
            from api.demonstration import ORGANISATION  # its figures take a second to import

            overrides["organisation"] = ORGANISATION
    return read_settings(**overrides)


async def _serve(
    settings: Settings,
    roles: Collection[Role],
    listener: socket.socket | None,
    tally: Tally,
    pipe: LogPipe,
) -> None:
    from api.serving import run

    await run(
        settings,
        roles=roles,
        tally=tally,
        stop=_stop_by_signal(pipe),
        listener=listener,
        announce=lambda: _announce(settings, roles, listener),
    )


def _stop_by_signal(pipe: LogPipe) -> asyncio.Event:
    """What Ctrl-C or SIGTERM sets: finish what was begun, then leave."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def begin_to_stop() -> None:
        stop.set()
        loop.call_later(STOP_SECONDS, _give_up, pipe)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, begin_to_stop)
    return stop


def _give_up(pipe: LogPipe) -> None:
    """A connection that hangs must not keep a stopping process alive."""
    _log.error("stop_forced", seconds=STOP_SECONDS)
    pipe.close()
    os._exit(1)


def _announce(settings: Settings, roles: Collection[Role], listener: socket.socket | None) -> None:
    """Say which doors are open."""
    if listener is None or Role.API not in roles:
        typer.echo(f"Tellback's {' and '.join(sorted(roles))} runs for {settings.organisation}")
        return
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
