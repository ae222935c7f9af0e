"""`tellback serve` as a process: how it starts, refuses and stops."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2 as httpx
import pytest
from typer.testing import CliRunner

from api.command import app
from survey.domain.records import InstallationKind
from tests.support.application import SECRET, running
from tests.telegram.server import FakeTelegram

COMMAND = (sys.executable, "-c", "from api.command import main; main()", "serve")
ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@asynccontextmanager
async def serve(
    folder: Path, *words: str, **environment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The command in a folder of its own, ended at the latest when the block is left."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TELLBACK_")}
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *words,
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def first_line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def test_it_says_where_it_serves_and_a_stop_signal_ends_it_with_code_0(
    database_url: str, tmp_path: Path
) -> None:
    port = free_port()
    settings = {
        "TELLBACK_DATABASE_URL": database_url,
        "TELLBACK_SECRET_KEY": SECRET,
        "TELLBACK_ORGANISATION": "Barnet Council",
        "TELLBACK_PORT": str(port),
    }
    async with serve(tmp_path, **settings) as process:
        said = await first_line(process)
        async with httpx.AsyncClient() as http:
            alive = await http.get(f"http://127.0.0.1:{port}/livez")
            ready = await http.get(f"http://127.0.0.1:{port}/readyz")
            closed = await http.get(f"http://127.0.0.1:{port}/staff/trends")
        process.send_signal(signal.SIGTERM)
        code = await process.wait()

    assert said == f"Tellback serves Barnet Council at http://127.0.0.1:{port}"
    assert [alive.status_code, ready.status_code, closed.status_code, code] == [200, 200, 303, 0]


async def test_with_a_token_it_is_the_bot_too(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram:
        sian = telegram.person(name="Siân")
        settings = {
            "TELLBACK_SECRET_KEY": SECRET,
            "TELLBACK_PORT": str(free_port()),
            "TELLBACK_TELEGRAM_TOKEN": telegram.token,
            "TELLBACK_TELEGRAM_API_BASE": telegram.base_url,
        }
        async with serve(tmp_path, **settings) as process:
            await first_line(process)
            await sian.sends("/help")
            shown = await sian.sees(lambda each: each.by_bot, within=20)
            process.send_signal(signal.SIGINT)
            code = await process.wait()

    assert "/survey" in shown.text
    assert code == 0


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("api", "Tellback serves Barnet Council at http://127.0.0.1:"),
        ("worker", "Tellback's worker runs for Barnet Council"),
        ("bot", "Tellback's bot runs for Barnet Council"),
    ],
)
async def test_each_role_runs_in_a_process_of_its_own_and_ends_by_a_stop_signal(
    postgres_url: str, tmp_path: Path, role: str, said: str
) -> None:
    async with FakeTelegram() as telegram:
        settings = {
            "TELLBACK_DATABASE_URL": postgres_url,
            "TELLBACK_SECRET_KEY": SECRET,
            "TELLBACK_ORGANISATION": "Barnet Council",
            "TELLBACK_PORT": str(free_port()),
            "TELLBACK_TELEGRAM_TOKEN": telegram.token,
            "TELLBACK_TELEGRAM_API_BASE": telegram.base_url,
        }
        async with serve(tmp_path, "--only", role, **settings) as process:
            line = await first_line(process)
            process.send_signal(signal.SIGTERM)
            code = await process.wait()

    assert line.startswith(said)
    assert code == 0


def test_one_role_alone_is_refused_on_sqlite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = str(free_port())
    for role in ("api", "bot", "worker"):
        said = refusal(
            tmp_path,
            monkeypatch,
            "--only",
            role,
            TELLBACK_SECRET_KEY=SECRET,
            TELLBACK_PORT=port,
        )

        assert said.startswith("tellback: --only needs PostgreSQL: ")
        assert len(said.splitlines()) == 1


def test_the_bot_alone_needs_its_token(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = refusal(
        tmp_path,
        monkeypatch,
        "--only",
        "bot",
        TELLBACK_DATABASE_URL=postgres_url,
        TELLBACK_SECRET_KEY=SECRET,
    )

    assert said == "tellback: TELLBACK_TELEGRAM_TOKEN: --only bot needs the token of the bot\n"


def test_a_demonstration_is_one_process(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = refusal(
        tmp_path,
        monkeypatch,
        "--demo",
        "--only",
        "worker",
        TELLBACK_DATABASE_URL=postgres_url,
    )

    assert said.startswith("tellback: TELLBACK_DEMO: a demonstration is one process")


def refusal(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str, **settings: str) -> str:
    """What the command says when it does not start; it is refused before anything is begun."""
    monkeypatch.chdir(folder)
    refused = CliRunner().invoke(app, ["serve", *words], env=settings)
    assert (refused.exit_code, refused.stdout) == (1, "")
    return refused.stderr


def test_a_taken_port_is_said_with_the_setting_to_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refusal(tmp_path, monkeypatch, "--demo", TELLBACK_PORT=str(port))

    assert f"port {port} is taken" in said
    assert "TELLBACK_PORT=" in said


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "TELLBACK_SECRET_KEY"),
        ({"TELLBACK_SECRET_KEY": "changeme"}, "TELLBACK_SECRET_KEY"),
        ({"TELLBACK_SECRET_KEY": SECRET, "TELLBACK_FLOOR": "5"}, "TELLBACK_FLOOR"),
        ({"TELLBACK_DEMO": "1", "TELLBACK_HOST": "0.0.0.0"}, "TELLBACK_HOST"),
        (
            {"TELLBACK_SECRET_KEY": SECRET, "TELLBACK_DATABASE_URL": "sqlite:////no/where/x.db"},
            "TELLBACK_DATABASE_URL",
        ),
    ],
)
def test_an_unsafe_start_is_refused_in_one_line_that_names_the_setting(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    named: str,
) -> None:
    said = refusal(tmp_path, monkeypatch, TELLBACK_PORT=str(free_port()), **environment)

    (line,) = said.splitlines()
    assert line.startswith("tellback: ")
    assert named in line
    assert "changeme" not in line


@pytest.mark.parametrize(
    ("kind", "words"),
    [(InstallationKind.REAL, ("--demo",)), (InstallationKind.DEMO, ())],
)
def test_a_demonstration_and_real_answers_never_share_a_database(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: InstallationKind,
    words: tuple[str, ...],
) -> None:
    url = f"sqlite:///{tmp_path}/one.sqlite"

    async def settle() -> None:
        async with running(url, tmp_path) as here, here.core.begin() as work:
            await work.installation.settle(kind)
            await work.commit()

    asyncio.run(settle())
    said = refusal(
        tmp_path,
        monkeypatch,
        *words,
        TELLBACK_DATABASE_URL=url,
        TELLBACK_SECRET_KEY=SECRET,
        TELLBACK_PORT=str(free_port()),
    )

    assert "this database holds" in said
