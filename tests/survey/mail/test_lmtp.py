"""Letters handed over by LMTP, as a mail server does it, over a real connection."""

import asyncio
import smtplib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from survey.domain.received import LONGEST_LETTER
from survey.errors import Busy
from survey.mail.lmtp import MOST_LINES, listening
from survey.ports.received import Taken

TO = "reply+token@tellback.example"
LETTER = b"From: ann@school.example\r\nSubject: x\r\n\r\nIt was May.\r\n.dot\r\n"
HERE = ("127.0.0.1", 0)


@dataclass
class Takes:
    """Takes every letter, and answers as told."""

    answer: Callable[[], Taken] = lambda: Taken.KEPT
    letters: list[tuple[bytes, str, str]] = field(default_factory=list)

    def knows(self, address: str) -> bool:
        return address.endswith("@tellback.example")

    async def take(self, content: bytes, *, sender: str, recipient: str) -> Taken:
        answer = self.answer()
        self.letters.append((content, sender, recipient))
        return answer


@asynccontextmanager
async def a_server(takes: Takes) -> AsyncIterator[int]:
    async with listening(takes, HERE) as port:
        yield port


def handed(port: int, *to: str, letter: bytes = LETTER, sender: str = "ann@school.example") -> int:
    """The answer to the letter, or to what was refused before it."""
    with smtplib.LMTP("127.0.0.1", port) as line:
        line.ehlo_or_helo_if_needed()
        line.mail(sender)
        for each in to:
            code, _ = line.rcpt(each)
            if code >= 400:
                return code
        code, _ = line.data(letter)
        return code


async def test_a_letter_is_acknowledged_once_it_is_kept() -> None:
    takes = Takes()
    async with a_server(takes) as port:
        assert await asyncio.to_thread(handed, port, TO) == 250

    assert takes.letters == [(LETTER, "ann@school.example", TO)]


def fails() -> Taken:
    raise Busy("the database is away")


def breaks() -> Taken:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda: Taken.HELD, 250),
        (lambda: Taken.IGNORED, 250),
        (lambda: Taken.UNKNOWN, 550),
        (lambda: Taken.LATER, 451),
        (fails, 451),
        (breaks, 451),
    ],
)
async def test_what_cannot_be_kept_is_to_be_handed_over_again(
    answer: Callable[[], Taken], code: int
) -> None:
    async with a_server(Takes(answer)) as port:
        assert await asyncio.to_thread(handed, port, TO) == code


async def test_an_address_that_is_not_ours_is_refused_and_a_second_one_comes_by_itself() -> None:
    async with a_server(Takes()) as port:
        assert await asyncio.to_thread(handed, port, "x@elsewhere.example") == 550
        assert await asyncio.to_thread(handed, port, TO, TO) == 452


async def test_a_letter_that_is_too_long_is_refused_for_good() -> None:
    takes = Takes()
    line = b"x" * 70 + b"\r\n"
    async with a_server(takes) as port:
        long = LETTER + line * (LONGEST_LETTER // len(line) + 1)
        assert await asyncio.to_thread(handed, port, TO, letter=long) == 552

    assert takes.letters == []


async def test_lines_longer_than_they_may_be_are_taken() -> None:
    async with a_server(Takes()) as port:
        long = b"Subject: x\r\n\r\n" + b"x" * 10_000 + b"\r\n"
        assert await asyncio.to_thread(handed, port, TO, letter=long) == 250


async def test_one_connection_too_many_is_told_to_come_later() -> None:
    async with a_server(Takes()) as port:
        lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(MOST_LINES)]
        greetings = [await reader.readline() for reader, _ in lines]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        assert {each[:3] for each in greetings} == {b"220"}
        assert (await reader.readline())[:3] == b"421"
        for each in (writer, *(writer for _, writer in lines)):
            each.close()


async def test_a_socket_in_the_file_system_is_shared_with_a_group(tmp_path: Path) -> None:
    socket = tmp_path / "lmtp.sock"
    async with listening(Takes(), socket):
        reader, writer = await asyncio.open_unix_connection(str(socket))
        assert (await reader.readline())[:3] == b"220"
        writer.close()
        assert socket.stat().st_mode & 0o777 == 0o660


async def test_two_cannot_listen_on_one_socket_until_the_first_has_gone(tmp_path: Path) -> None:
    socket = tmp_path / "lmtp.sock"
    async with listening(Takes(), socket):
        with pytest.raises(OSError, match="unavailable"):
            async with listening(Takes(), socket):
                raise AssertionError("it listens")

    async with listening(Takes(), socket):
        reader, writer = await asyncio.open_unix_connection(str(socket))
        assert (await reader.readline())[:3] == b"220"
        writer.close()


async def test_two_cannot_listen_in_one_place() -> None:
    async with a_server(Takes()) as port:
        with pytest.raises(OSError, match="in use"):
            async with listening(Takes(), ("127.0.0.1", port)):
                raise AssertionError("it listens")
