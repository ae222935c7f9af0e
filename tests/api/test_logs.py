"""What is logged of an error: its kind and place, never its text."""

import io
import json
import logging
import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from api import logs


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What standard error holds; the root logger is as it was before once the test is over."""
    written = io.StringIO()
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr("sys.stderr", written)
    pipe = logs.configure_logs()

    def read() -> list[str]:
        pipe.close()
        return written.getvalue().splitlines()

    return read


def test_a_librarys_error_is_logged_without_a_token_in_what_it_says(
    lines: Callable[[], list[str]],
) -> None:
    try:
        raise ValueError
    except ValueError:
        logging.getLogger("aiohttp").exception("Error at /w/Abc-_123")

    (line,) = lines()
    assert json.loads(line)["event"] == "Error at /w/…"


def test_no_address_that_opens_reports_is_logged() -> None:
    for place in ("case", "my-school"):
        assert logs.redacted(f"GET /{place}/Abc-_123/P-1") == f"GET /{place}/…/P-1"


def test_a_librarys_error_is_logged_without_its_text(lines: Callable[[], list[str]]) -> None:
    try:
        raise ValueError("the answer was: the rota changes too late")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")

    (line,) = lines()
    logged = json.loads(line)
    assert (logged["event"], logged["error"]) == ("Exception in ASGI application", "ValueError")
    assert "rota" not in line
    assert logged["at"]


def test_of_errors_that_came_together_the_first_is_named(lines: Callable[[], list[str]]) -> None:
    group = ExceptionGroup("together", [LookupError("a name"), ValueError("an answer")])

    logging.getLogger("bot").error("failed", exc_info=group)

    (line,) = lines()
    assert json.loads(line)["error"] == "LookupError"


def test_a_log_that_nobody_reads_holds_up_nothing_and_what_is_lost_is_counted() -> None:
    told: Counter[str] = Counter()
    reading, writing = os.pipe()
    out = os.fdopen(writing, "w")
    pipe = logs.LogPipe(out, lost=lambda: told.update(["lost"]), room=100)
    line = "x" * 1_000 + "\n"

    for _ in range(500):
        pipe.write(line)

    # The system's own buffer and ours hold some; the rest is counted and not waited for.
    assert 200 < told["lost"] < 500
    read = 0
    while read < (500 - told["lost"]) * len(line):
        read += len(os.read(reading, 65_536))
    pipe.close()
    os.close(reading)
    out.close()
    assert read == (500 - told["lost"]) * len(line)


def test_a_log_on_a_full_disk_holds_up_nothing() -> None:
    told: Counter[str] = Counter()
    full = Path("/dev/full").open("w")  # noqa: SIM115 (closing it fails, too)
    pipe = logs.LogPipe(full, lost=lambda: told.update(["lost"]))

    pipe.write("a line\n")
    pipe.close()

    assert told["lost"] == 1
    with suppress(OSError):
        full.close()


@pytest.mark.parametrize(
    ("logged", "kept"),
    [
        ("/w/Abc-_123", "/w/…"),
        ("/i/Abc123?language=cy", "/i/…?language=cy"),
        ("https://t.me/tellback_bot?start=w_Abc123", "https://t.me/tellback_bot?start=…"),
        ("/s/people-pulse", "/s/people-pulse"),
        (
            "https://api.telegram.org/bot123456:AAF_x-1/getMe",
            "https://api.telegram.org/bot123456:…/getMe",
        ),
        ("2026-05-12T09:30:00Z", "2026-05-12T09:30:00Z"),
    ],
)
def test_an_address_that_opens_something_is_logged_without_its_token(
    logged: str, kept: str
) -> None:
    assert logs.redacted(logged) == kept
