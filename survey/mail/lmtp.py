"""Letters handed over to us by LMTP (RFC 2033): a mail server of the body connects and gives them.

Each letter is kept before it is acknowledged; what cannot be kept now is refused with 451, and the
server tries again. It has judged spam and senders already. An address that we did not make is
refused with 550 in the same words whatever the reason.
"""

import asyncio
import fcntl
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from survey.domain.received import LONGEST_LETTER
from survey.ports.received import Taken, Taking

MOST_LINES: Final = 16
"""Connections at a time; each may hold a whole letter in memory."""

_MOST_READ: Final = 2
"""Letters that are read at a time."""

_SILENCE_SECONDS: Final = 60.0
_SOCKET_MODE: Final = 0o660

_KEPT: Final = "250 2.0.0 Kept"
_UNKNOWN: Final = "550 5.1.1 There is no such address"
_LATER: Final = "451 4.3.0 Not kept, try again later"
_ONE_ONLY: Final = "452 4.5.3 One address at a time"
_FULL: Final = b"421 4.3.2 Too many connections, try again later\r\n"

_log = structlog.get_logger()


@asynccontextmanager
async def listening(taking: Taking, where: tuple[str, int] | Path) -> AsyncIterator[int]:
    """Take letters until left; yields the port, 0 for a socket in the file system.

    Raises: OSError, where somebody else listens there.
    """
    # It would write addresses into the log.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    loop, lines = asyncio.get_running_loop(), _Lines(taking)
    with ExitStack() as stack:
        if isinstance(where, Path):
            stack.enter_context(_alone(where))
            server: asyncio.Server = await loop.create_unix_server(lines, str(where))
            _share(where)
            port = 0
        else:
            server = await loop.create_server(lines, *where)
            port = server.sockets[0].getsockname()[1]
        _log.info("letters_are_taken", port=port)
        try:
            yield port
        finally:
            server.close()
            lines.hang_up()
            await server.wait_closed()


@contextmanager
def _alone(socket: Path) -> Iterator[None]:
    """Be the only one who listens there, until left or dead: a socket's name can be taken over
    unnoticed.

    Raises: OSError, where somebody else is.
    """
    with socket.with_name(f"{socket.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _share(socket: Path) -> None:
    """With the mail server, by a group that both are in."""
    socket.chmod(_SOCKET_MODE)


class _Lines:
    """Makes the protocol of each connection."""

    def __init__(self, taking: Taking) -> None:
        self._handler = Handler(taking)
        self._open: set[_Line] = set()

    def __call__(self) -> asyncio.Protocol:
        if len(self._open) >= MOST_LINES:
            return _Full()
        line = _Line(self._handler, self._open)
        self._open.add(line)
        return line

    def hang_up(self) -> None:
        """End all; a letter that was not acknowledged is handed over again."""
        for line in tuple(self._open):
            if line.transport is not None:
                line.transport.close()


class _Full(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(_FULL)
            transport.close()


class _Line(LMTP):
    # Mail software writes longer lines than it may.
    line_length_limit = 64 * 1024

    def __init__(self, handler: "Handler", among: "set[_Line]") -> None:
        super().__init__(
            handler,
            data_size_limit=LONGEST_LETTER,
            enable_SMTPUTF8=True,
            ident="LMTP",
            timeout=_SILENCE_SECONDS,
        )
        self._among = among

    def connection_lost(self, error: Exception | None) -> None:
        self._among.discard(self)
        super().connection_lost(error)


class Handler:
    """What is answered to whoever hands a letter over."""

    def __init__(self, taking: Taking) -> None:
        self._taking = taking
        self._reading = asyncio.Semaphore(_MOST_READ)

    async def handle_RCPT(  # noqa: N802 (as the server calls it)
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """One address for each letter: there is one answer after it."""
        if envelope.rcpt_tos:
            return _ONE_ONLY
        if not self._taking.knows(address):
            return _UNKNOWN
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.original_content or b""
        try:
            async with self._reading:
                taken = await self._taking.take(
                    content, sender=envelope.mail_from or "", recipient=envelope.rcpt_tos[0]
                )
        except Exception as error:
            _log.error("letter_not_taken", error=type(error).__name__)
            return _LATER
        _log.info("letter_came", taken=str(taken), size=len(content))
        match taken:
            case Taken.UNKNOWN:
                return _UNKNOWN
            case Taken.LATER:
                return _LATER
        return _KEPT

    async def handle_exception(self, error: Exception) -> str:
        _log.error("line_failed", error=type(error).__name__)
        return _LATER
