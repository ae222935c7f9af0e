"""Logs as JSON lines on standard error, without answers, names or tokens."""

import json
import logging
import re
import sys
from typing import Final

import structlog

_PLACES: Final = 8
_TOKENS: Final = re.compile(r"(/(?:i|w|case)/|start=)[A-Za-z0-9_-]+")
"""Addresses that open something to whoever has them."""


def configure_logs() -> None:
    """Send our own log and the libraries' warnings to standard error, one JSON object a line."""
    handler = logging.StreamHandler(sys.stderr)
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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


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
    """The text without the tokens of personal links."""
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
            line["event"] = str(record.msg)[:200]
            line |= described(error)
        return json.dumps(line, ensure_ascii=False)


def described(error: BaseException) -> dict[str, object]:
    """What may be logged of an exception: its kind, and the last places it came through."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}")
        trace = trace.tb_next
    return {"error": type(error).__name__, "at": frames[-_PLACES:]}
