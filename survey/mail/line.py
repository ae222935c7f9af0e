"""A line to the mail server for many letters, with a word for each that did not leave.

One letter at a time, at a steady pace: mail servers hold back whoever sends in bursts. The line is
kept open while other letters wait for it, and hung up after the last.
"""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Final

import aiosmtplib

from survey.domain.bounces import is_gone, status_in
from survey.mail.smtp import SEND_SECONDS, connecting
from survey.ports.channels import NotDelivered, Refusal
from survey.ports.letters import MailServer

APART: Final = timedelta(milliseconds=100)
"""Between the beginnings of two letters."""

_LATER_SECONDS: Final = 300.0
"""What a server that is busy, or wants to see a letter twice, is left alone for."""

_PERMANENT: Final = 500
_CLOSING: Final = 421


class Line:
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
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._next = 0.0
        self._client: aiosmtplib.SMTP | None = None

    async def hand_over(self, to: str, letter: bytes) -> None:
        """Give one letter to the server, when its turn comes. Raises: NotDelivered."""
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        try:
            await self._paced()
            await self._give(to, letter)
            if not self._waiting:
                await self._say_goodbye()
        except BaseException:
            self._hang_up()
            raise
        finally:
            self._turn.release()

    async def greet(self) -> None:
        """See that the server takes letters from us, without one. Raises: NotDelivered."""
        async with self._turn:
            self._hang_up()
            self._client = await self._connected()
            await self._say_goodbye()

    async def _paced(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._next > now:
            await asyncio.sleep(self._next - now)
        self._next = max(now, self._next) + self._apart

    async def _give(self, to: str, letter: bytes) -> None:
        client = self._client
        if client is None or not await self._addressed_on(client, to):
            self._hang_up()
            client = self._client = await self._connected()
            with _refusals():
                await client.mail(self._sender)
                await client.rcpt(to)
        with _doubts():
            await client.data(letter, timeout=SEND_SECONDS)

    async def _addressed_on(self, client: aiosmtplib.SMTP, to: str) -> bool:
        """Begin a letter on a line that was open; False where the server has had enough of it."""
        try:
            with _refusals():
                await client.mail(self._sender)
                await client.rcpt(to)
        except NotDelivered as refused:
            if refused.refusal is Refusal.DOWN:
                return False
            raise
        return True

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
        return client

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    async def _say_goodbye(self) -> None:
        """The letter is with the server: whatever becomes of the line is no matter any more."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await client.quit()
            client.close()


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
            Refusal.LATER if busy else Refusal.DOWN, "our_address", seconds=_LATER_SECONDS
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
