"""Lines to the mail server for many letters, with a word for each that did not leave.

Few at a time, at a steady pace: mail servers hold back whoever sends in bursts. A line is used for
one letter after the other while any are under way, and hung up after the last.
"""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Final

import aiosmtplib

from survey.domain.bounces import is_gone, status_in
from survey.mail.smtp import connecting
from survey.ports.channels import NotDelivered, Refusal
from survey.ports.letters import MailServer

APART: Final = timedelta(milliseconds=100)
"""Between the beginnings of two letters."""

MOST: Final = 4
"""So many lines are open at a time."""

# Together under the time that the sender gives a channel: what is cut off there is in doubt, also
# where the server has not seen the letter yet.
_ADDRESSING_SECONDS: Final = 9.0
_DATA_SECONDS: Final = 9.0
_GOODBYE_SECONDS: Final = 0.3

_LATER_SECONDS: Final = 300.0
"""What a server that is busy, or wants to see a letter twice, is left alone for."""

_PERMANENT: Final = 500
_CLOSING: Final = 421


class Lines:
    def __init__(
        self,
        server: MailServer,
        sender: str,
        *,
        apart: timedelta = APART,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`sender` is the address of the envelope; `trust` as in `survey.mail.smtp`."""
        self._server, self._sender, self._trust = server, sender, trust
        self._apart = apart.total_seconds()
        self._room = asyncio.Semaphore(MOST)
        self._idle: list[aiosmtplib.SMTP] = []
        self._under_way = 0
        self._next = 0.0

    async def hand_over(self, to: str, letter: bytes) -> None:
        """Give one letter to the server. Raises: NotDelivered."""
        self._under_way += 1
        try:
            async with self._room:
                await self._paced()
                await self._give(to, letter)
        finally:
            self._under_way -= 1
            if not self._under_way:
                await self._say_goodbye()

    async def greet(self) -> None:
        """See that the server takes letters from us, without one. Raises: NotDelivered."""
        with _limited():
            async with asyncio.timeout(_ADDRESSING_SECONDS):
                client = await self._connected()
        client.close()

    async def _paced(self) -> None:
        now = asyncio.get_running_loop().time()
        begins = max(now, self._next)
        self._next = begins + self._apart
        if begins > now:
            await asyncio.sleep(begins - now)

    async def _give(self, to: str, letter: bytes) -> None:
        """Raises: NotDelivered; then the line is hung up, whatever state it was in."""
        client = None
        try:
            with _limited():
                async with asyncio.timeout(_ADDRESSING_SECONDS):
                    client = await self._open_one(to)
                    if client is None:
                        client = await self._connected()
                        await self._address(client, to)
            with _doubts():
                await client.data(letter, timeout=_DATA_SECONDS)
        except BaseException:
            if client is not None:
                client.close()
            raise
        self._idle.append(client)

    async def _open_one(self, to: str) -> aiosmtplib.SMTP | None:
        """Begin a letter on a line that is open; None where the server has had enough of it."""
        if not self._idle:
            return None
        client = self._idle.pop()
        try:
            await self._address(client, to)
        except BaseException as error:
            client.close()
            if isinstance(error, NotDelivered) and error.refusal is Refusal.DOWN:
                return None
            raise
        return client

    async def _address(self, client: aiosmtplib.SMTP, to: str) -> None:
        with _refusals():
            await client.mail(self._sender)
            await client.rcpt(to)

    async def _connected(self) -> aiosmtplib.SMTP:
        """Raises: NotDelivered."""
        client = aiosmtplib.SMTP(**connecting(self._server, self._trust))
        try:
            await client.connect()
        except aiosmtplib.SMTPAuthenticationError:
            raise NotDelivered(Refusal.DOWN, "our_password") from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            untrusted = isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError)
            reason = "certificate" if untrusted else "server"
            raise NotDelivered(Refusal.DOWN, reason) from None
        except asyncio.CancelledError:
            client.close()
            raise
        return client

    async def _say_goodbye(self) -> None:
        """The letters are with the server: what becomes of the lines is no matter any more."""
        idle, self._idle = self._idle, []
        for client in idle:
            with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await client.quit(timeout=_GOODBYE_SECONDS)
            client.close()


@contextmanager
def _limited() -> Iterator[None]:
    """A server that takes its time before it has seen a letter. Raises: NotDelivered."""
    try:
        yield
    except TimeoutError:
        raise NotDelivered(Refusal.DOWN, "server") from None


@contextmanager
def _refusals() -> Iterator[None]:
    """What a server answers before it has seen a letter. Raises: NotDelivered."""
    try:
        yield
    except aiosmtplib.SMTPRecipientRefused as error:
        raise _of_recipient(error.code, error.message) from None
    except aiosmtplib.SMTPSenderRefused as error:
        # Not about this letter: the server is going, or does not want any of ours.
        busy = error.code < _PERMANENT and error.code != _CLOSING
        raise NotDelivered(
            Refusal.BUSY if busy else Refusal.DOWN, "our_address", seconds=_LATER_SECONDS
        ) from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        raise NotDelivered(Refusal.DOWN, "server") from None


def _of_recipient(code: int, message: str) -> NotDelivered:
    """A refusal of the one whom the letter is for, by its code and, where given, its status."""
    if code == _CLOSING:
        return NotDelivered(Refusal.DOWN, "server")
    if code < _PERMANENT:
        return NotDelivered(Refusal.LATER, "mailbox_busy", seconds=_LATER_SECONDS)
    # A server that does not pass mail on says so for everybody: that is no word about a mailbox.
    status = status_in(message)
    if status is None or is_gone(status):
        return NotDelivered(Refusal.GONE, "no_mailbox")
    return NotDelivered(Refusal.UNCLEAR, "not_taken")


@contextmanager
def _doubts() -> Iterator[None]:
    """From here on a letter may have arrived, also where nobody said so. Raises: NotDelivered."""
    try:
        yield
    except aiosmtplib.SMTPDataError as error:
        if error.code == _CLOSING:
            raise NotDelivered(Refusal.DOWN, "server") from None
        if error.code < _PERMANENT:
            raise NotDelivered(Refusal.LATER, "letter", seconds=_LATER_SECONDS) from None
        raise NotDelivered(Refusal.FAULT, "letter") from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        raise NotDelivered(Refusal.UNKNOWN, "line_lost") from None
