"""Mail that came back: what a mail server says of a letter that it could not deliver.

Sources: RFC 3464 (delivery status notifications), RFC 6522 (multipart/report), RFC 3463 (status
codes). Whoever knows the address that letters come from can write such a mail, so that nothing in
one is believed beyond what it can do harm with: an address of somebody we know gets no letter.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message
from typing import Final
from uuid import UUID

from survey.domain.addresses import address_of

LONGEST_MAIL: Final = 1024 * 1024
"""Bytes of one mail that are read; a longer one is passed over."""

MOST_FAILURES: Final = 100
"""Addresses that one mail may tell of."""

_REPORT: Final = "multipart/report"
_STATUS_PART: Final = "message/delivery-status"
_ORIGINALS: Final = ("message/rfc822", "text/rfc822-headers")
_STATUS: Final = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})")
_OURS: Final = re.compile(r"<([0-9a-f]{32})\.[0-9]@")
_LONGEST_VALUE: Final = 1_000
_MOST_PARTS: Final = 50

_POLICY_SUBJECT: Final = 7
_MAILBOX_SUBJECT: Final = 2
_FULL: Final = 2
_TOO_LONG: Final = 3


@dataclass(frozen=True, slots=True)
class Failure:
    """One address that a letter did not reach, for good.

    `status` is as RFC 3463 has it, such as "5.1.1"; `gone` says that the mailbox is not there, and
    not only that this letter was not wanted. `invitation` is that of the letter, where the mail
    brought its headers back.
    """

    address: str
    status: str
    gone: bool
    invitation: UUID | None = None


def is_gone(status: str) -> bool:
    """Whether a status says that the mailbox is not there any more.

    Not where a letter was refused for a rule of the server, a full mailbox or its length: the next
    letter may arrive.
    """
    found = _STATUS.fullmatch(status)
    if found is None or found[1] != "5":
        return False
    subject, detail = int(found[2]), int(found[3])
    if subject == _MAILBOX_SUBJECT and detail in (_FULL, _TOO_LONG):
        return False
    return subject != _POLICY_SUBJECT


def status_in(answer: str) -> str | None:
    """The status with which a server's answer begins, such as that of "5.1.1 no such user"."""
    found = _STATUS.match(answer.strip())
    return found[0] if found else None


def failures(mail: bytes) -> tuple[Failure, ...]:
    """The addresses that this mail says were not reached, for good; none where it says nothing.

    A mail that is no delivery report, too long, or made to be hard to read says nothing.
    """
    if len(mail) > LONGEST_MAIL:
        return ()
    try:
        # Nothing here is decoded or computed from headers: that is where libraries stumble.
        report = message_from_bytes(mail)
        return tuple(_failures(report))
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        return ()


def mails(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The mails of an mbox file, or the only one of another file; each as far as it is read.

    A mail of an mbox begins with a line "From " after an empty one, or at the beginning.
    """
    kept: list[bytes] = []
    size, empty_before, is_mbox = 0, True, False
    for line in lines:
        begins = empty_before and line.startswith(b"From ")
        if begins and (is_mbox or not kept):
            if kept:
                yield b"".join(kept)
            kept, size, is_mbox = [], 0, True
        elif size <= LONGEST_MAIL:
            kept.append(line)
            size += len(line)
        empty_before = not line.strip(b"\r\n")
    if kept:
        yield b"".join(kept)


def _failures(report: Message) -> Iterator[Failure]:
    if report.get_content_type() != _REPORT:
        return
    parts = _parts(report)[:_MOST_PARTS]
    invitation = _invitation(parts)
    # The first group is about the letter, each further one about an address.
    groups = [
        group
        for part in parts
        if part.get_content_type() == _STATUS_PART
        for group in _parts(part)[1:]
    ]
    for group in groups[:MOST_FAILURES]:
        failure = _failure(group, invitation)
        if failure is not None:
            yield failure


def _parts(whole: Message) -> list[Message]:
    """The parts of a mail that has any."""
    payload = whole.get_payload()
    return [part for part in payload if isinstance(part, Message)] if whole.is_multipart() else []


def _failure(group: Message, invitation: UUID | None) -> Failure | None:
    status = _STATUS.match(_value(group, "Status"))
    if _value(group, "Action").lower() != "failed" or status is None or status[1] != "5":
        return None
    kind, _, told = _value(group, "Final-Recipient").partition(";")
    address = address_of(told.strip().strip("<>")) if kind.strip().lower() == "rfc822" else None
    if address is None:
        return None
    return Failure(address, status[0], is_gone(status[0]), invitation)


def _invitation(parts: list[Message]) -> UUID | None:
    """The invitation in the Message-ID of the letter, where it was brought back."""
    for part in parts:
        if part.get_content_type() not in _ORIGINALS:
            continue
        inside = _parts(part)
        headers = inside[0] if inside else message_from_string(str(part.get_payload()))
        name = _value(headers, "Message-ID")
        if found := _OURS.match(name):
            return UUID(found[1])
    return None


def _value(part: Message, header: str) -> str:
    """The first word-for-word value of a header, on one line; empty where there is none."""
    return " ".join(str(part.get(header, ""))[:_LONGEST_VALUE].split())
