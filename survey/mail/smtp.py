"""Letters handed to a mail server by SMTP.

Between machines nothing leaves unencrypted: a server that offers no STARTTLS gets no letter, except
one on this machine. A letter that was refused for what it is, or for whom, is not tried again; for
everything else, a wrong password of ours among it, trying later can help.
"""

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from typing import Any, Final
from uuid import UUID

import aiosmtplib

from survey.domain.addresses import address_of
from survey.domain.letters import Composed, Words
from survey.errors import NotSent
from survey.ports.letters import MailServer

POLICY: Final = SMTP

# Headers stay on one line each: mail software reads List-Unsubscribe word for word. Bytes beyond
# seven bits are encoded, since not every server takes them.
ON_THE_WAY: Final = POLICY.clone(max_line_length=998, cte_type="7bit")
ANSWER_SECONDS: Final = 10
SEND_SECONDS: Final = 20
"""For a whole letter: a process that is told to stop finishes what it has begun."""

_PERMANENT: Final = 500


class SmtpMailer:
    """Implements `survey.ports.letters.Mailer`; a connection for each letter."""

    def __init__(
        self, server: MailServer, sender: str, *, trust: ssl.SSLContext | None = None
    ) -> None:
        """`sender` is what stands in From; `trust` replaces the machine's list of authorities."""
        self._server, self._sender, self._trust = server, sender, trust
        self._from = parseaddr(sender)[1]

    async def send(self, letter: UUID, composed: Composed, *, at: datetime) -> None:
        to = address_of(composed.to)
        if to is None:
            raise NotSent("address", again=False)
        message = message_of(
            composed.words,
            sender=self._sender,
            to=to,
            name=str(letter),
            at=at,
            headers=leaving(composed.leave) if composed.leave else None,
        )
        with _refusals():
            async with asyncio.timeout(SEND_SECONDS):
                await aiosmtplib.send(
                    message.as_bytes(policy=ON_THE_WAY),
                    sender=self._from,
                    recipients=[to],
                    **connecting(self._server, self._trust),
                )


def message_of(
    words: Words,
    *,
    sender: str,
    to: str,
    name: str,
    at: datetime,
    headers: Mapping[str, str] | None = None,
) -> EmailMessage:
    """A letter as it leaves; a header with a line end in it raises ValueError in the library.

    Args:
        name: the part of the Message-ID before the domain of the sender.
        headers: further ones.
    """
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = words.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{name}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    for header, value in (headers or {}).items():
        message[header] = value
    message.set_content(words.text)
    message.add_alternative(words.html, subtype="html")
    return message


def leaving(stop: str, *others: str) -> dict[str, str]:
    """How mail software lets somebody unsubscribe: RFC 2369, and in one click RFC 8058.

    One click is for https alone. `others` are further ways, such as an address to write to.
    """
    headers = {"List-Unsubscribe": ", ".join(f"<{each}>" for each in (stop, *others))}
    if stop.startswith("https://"):
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def connecting(server: MailServer, trust: ssl.SSLContext | None) -> dict[str, Any]:
    """How the library is to connect; `trust` replaces the machine's list of authorities."""
    here = is_this_machine(server.host)
    return {
        "hostname": server.host,
        "port": server.port,
        "username": server.user,
        "password": server.password,
        "use_tls": server.secure,
        # None is: where the server offers it.
        "start_tls": False if server.secure else (None if here else True),
        # A server on this machine has no name that a certificate could be for.
        "validate_certs": not here,
        "tls_context": None if here else trust,
        "timeout": ANSWER_SECONDS,
    }


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what the library raises into NotSent; its words may hold the address."""
    try:
        yield
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise _refused("address", error.recipients[0].code) from None
    except aiosmtplib.SMTPDataError as error:
        raise _refused("letter", error.code) from None
    except aiosmtplib.SMTPAuthenticationError:
        raise NotSent("our_password", again=True) from None
    except aiosmtplib.SMTPSenderRefused:
        raise NotSent("our_address", again=True) from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        untrusted = isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError)
        raise NotSent("certificate" if untrusted else "server", again=True) from None


def _refused(what: str, code: int) -> NotSent:
    return NotSent(what, again=code < _PERMANENT)


def is_this_machine(host: str) -> bool:
    """Whether letters to this server never leave the machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
