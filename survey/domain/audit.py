"""The record of who did what to what: a chain in which each entry vouches for those before it.

An entry's digest is made of its own words and the digest before, so that changing, moving or
removing one shows in all that follow. Entries hold keys, counts and names of fields: no answers,
no texts and nobody's name.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID

BEGINNING: Final = bytes(32)
"""The digest before the first entry."""


class ActorKind(StrEnum):
    ACCOUNT = "account"
    """Somebody signed in."""
    KEY = "key"
    """Another system, by its API key."""
    PERSON = "person"
    """Somebody about themselves, in chat or by a personal link."""
    OPERATOR = "operator"
    """Whoever runs the command on the server."""
    SERVICE = "service"
    """The program by itself, such as its retention job."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it; `id` is None for operator and service."""

    kind: ActorKind
    id: UUID | None = None

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else str(self.kind)

    @classmethod
    def account(cls, account: UUID) -> Self:
        return cls(ActorKind.ACCOUNT, account)

    @classmethod
    def person(cls, person: UUID) -> Self:
        return cls(ActorKind.PERSON, person)


OPERATOR: Final = Actor(ActorKind.OPERATOR)
SERVICE: Final = Actor(ActorKind.SERVICE)


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be recorded.

    `action` is a stable pair of words ("person.moved"); `subject` says what it was done to
    ("person:UUID", "unit:oakfield"); `details` are plain JSON values.
    """

    at: datetime
    actor: Actor
    action: str
    subject: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A note as recorded, in the chain."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, Any]
    digest: bytes


def chained(before: bytes, number: int, note: Note) -> Entry:
    """The entry that follows the one of digest `before` (32 bytes)."""
    actor, details = str(note.actor), dict(note.details)
    digest = _digest(before, number, note.at, actor, note.action, note.subject, details)
    return Entry(number, note.at, actor, note.action, note.subject, details, digest)


def follows(before: bytes, entry: Entry) -> bool:
    """Whether the entry is as it was recorded, right after the one of digest `before`."""
    made = _digest(
        before, entry.number, entry.at, entry.actor, entry.action, entry.subject, entry.details
    )
    return made == entry.digest


def _digest(
    before: bytes,
    number: int,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    details: Mapping[str, Any],
) -> bytes:
    told = json.dumps(
        [number, at.astimezone(UTC).isoformat(), actor, action, subject, dict(details)],
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return hashlib.sha256(before + told.encode()).digest()
