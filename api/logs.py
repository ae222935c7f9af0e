"""Logs as JSON lines on standard error, without answers, names or tokens."""

import json
import logging
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from queue import Full, Queue
from threading import Thread
from typing import Final, TextIO, cast

import structlog

_PLACES: Final = 8
_ROOM: Final = 10_000
_LAST_LINES_SECONDS: Final = 2.0
_TOKENS: Final = re.compile(
    r"(/(?:i|u|w|case|my-school|staff/(?:link|sign-in))/|start=|\d{5,}:)[A-Za-z0-9_-]+"
)
"""Addresses that open something to whoever has them, and what stands for the bot (`123456:ABC`)."""


class LogPipe:
    """Where lines of the log go: on to a file, by a thread of their own.

    Whoever reads the log may be slow, stuck or full; the program goes on without it, and counts
    the lines that it could not keep.
    """

    def __init__(self, out: TextIO, *, lost: Callable[[], object], room: int = _ROOM) -> None:
        self._out, self._lost = out, lost
        self._lines: Queue[str | None] = Queue(room)
        self._thread = Thread(target=self._pass_on, name="log", daemon=True)
        self._thread.start()

    def write(self, text: str) -> int:
        try:
            self._lines.put_nowait(text)
        except Full:
            self._lost()
        return len(text)

    def flush(self) -> None:
        """The thread flushes after each line."""

    def close(self) -> None:
        """Wait a little for what is still to be written."""
        with suppress(Full):
            self._lines.put_nowait(None)
        self._thread.join(_LAST_LINES_SECONDS)

    def _pass_on(self) -> None:
        while (text := self._lines.get()) is not None:
            try:
                self._out.write(text)
                self._out.flush()
            except (OSError, ValueError):  # a full disk; a file that is closed
                self._lost()


def configure_logs(lost: Callable[[], object] = bool) -> LogPipe:
    """Send our own log and the libraries' warnings to standard error, one JSON object a line.

    `lost` hears of each line that could not be written; close the pipe before leaving.
    """
    pipe = LogPipe(sys.stderr, lost=lost)
    handler = logging.StreamHandler(cast(TextIO, pipe))
    handler.setFormatter(_WithoutText())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_values,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, pipe)),
        cache_logger_on_first_use=True,
    )
    return pipe


def _without_values(
    _: object, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """An exception is logged as where it happened and of what kind; its text may hold an answer."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event.update(described(error))
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = redacted(value)
    return event


def redacted(text: str) -> str:
    """The text without the tokens of personal links and of bots."""
    return _TOKENS.sub(r"\1…", text)


class _WithoutText(logging.Formatter):
    """A library's record as one JSON line; of an exception only its kind and place."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {"level": record.levelname.lower(), "logger": record.name}
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            line["event"] = redacted(record.getMessage())
        else:
            # The message may hold the exception's text, and that an answer.
            line["event"] = redacted(str(record.msg)[:200])
            line |= described(error)
        return json.dumps(line, ensure_ascii=False)


def described(error: BaseException) -> dict[str, object]:
    """What may be logged of an exception: its kind, and the last places it came through.

    Of several that came at once, the first: what they came in says nothing.
    """
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}")
        trace = trace.tb_next
    return {"error": type(error).__name__, "at": frames[-_PLACES:]}
