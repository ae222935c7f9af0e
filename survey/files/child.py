"""The process in which files are read: `python -m survey.files.child`, for `inspecting` alone.

Files are hostile now and then, and decoders have faults. So they run with little: no environment,
hardly any open files, none written, bounded memory and time. What goes wrong ends this process.

A question and an answer are each a frame: the bytes of a JSON object, then those of a file.
"""

import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, Final

from survey.domain.file_kinds import Refusal
from survey.errors import FileRefused
from survey.files.looking import look

SECONDS: Final = 5
"""Of computing for one file; then it is refused, and the process goes on."""

HARD_SECONDS: Final = 12
"""By the clock for one file, also within one call of a decoder; then the process ends."""

_MEMORY: Final = 1_500_000_000
"""Bytes: a picture of the most pixels, twice, in the four bytes that each of them takes."""

_OPEN_FILES: Final = 32
_NICER: Final = 10
_LENGTHS: Final = struct.Struct("!IQ")


def frame(said: dict[str, str], content: bytes) -> bytes:
    words = json.dumps(said).encode()
    return _LENGTHS.pack(len(words), len(content)) + words + content


LENGTHS_BYTES: Final = _LENGTHS.size


def lengths(header: bytes) -> tuple[int, int]:
    """Of the two parts that follow."""
    words, content = _LENGTHS.unpack(header)
    return words, content


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until nobody asks any more."""
    while header := questions.read(LENGTHS_BYTES):
        words, content = lengths(header)
        asked: dict[str, Any] = json.loads(questions.read(words))
        file = questions.read(content)
        signal.alarm(HARD_SECONDS)
        try:
            with _bounded(SECONDS):
                found = look(asked["name"], file)
            answer = frame({"name": found.name, "kind": found.kind}, found.content)
        except FileRefused as refused:
            answer = frame({"refused": refused.reason}, b"")
        except (MemoryError, _TooLong):
            answer = frame({"refused": Refusal.LONG}, b"")
        signal.alarm(0)
        answers.write(answer)
        answers.flush()


class _TooLong(BaseException):
    """The time for a file is over: no error of a decoder, which would be taken for damage."""


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """Raises: _TooLong, after so much computing; what waits for its turn costs nothing."""

    def over(*_: object) -> None:
        raise _TooLong

    signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def give_up_what_is_not_needed() -> None:
    """For good."""
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        # A machine may allow less already, or know no such bound.
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))
    os.nice(_NICER)


def main() -> None:
    give_up_what_is_not_needed()
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
