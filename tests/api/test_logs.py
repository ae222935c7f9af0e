"""What is logged of an error: its kind and place, never its text."""

import io
import json
import logging

import pytest

from api import logs


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Standard error, with the root logger as it was before once the test is over."""
    written = io.StringIO()
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr("sys.stderr", written)
    logs.configure_logs()
    return written


def test_a_librarys_error_is_logged_without_its_text(lines: io.StringIO) -> None:
    try:
        raise ValueError("the answer was: the rota changes too late")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")

    (line,) = lines.getvalue().splitlines()
    logged = json.loads(line)
    assert (logged["event"], logged["error"]) == ("Exception in ASGI application", "ValueError")
    assert "rota" not in line
    assert logged["at"]
