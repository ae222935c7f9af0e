"""The record of who did what to what: a chain in which each entry vouches for those before it.

An entry's digest is made of its own words and the digest before, so that changing, moving or
removing one shows in all that follow. Entries hold keys, counts and names of fields: no answers,
no texts and nobody's name.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
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
    REPORTER = "reporter"
    """Somebody who reported a problem, and of whom no more is known."""
    SERVICE = "service"
    """The program by itself, such as its retention job."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it; `id` is None for operator, reporter and service."""

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

    @classmethod
    def of(cls, text: str) -> Self:
        """The one that reads so."""
        kind, _, id_ = text.partition(":")
        return cls(ActorKind(kind), UUID(id_) if id_ else None)


OPERATOR: Final = Actor(ActorKind.OPERATOR)
REPORTER: Final = Actor(ActorKind.REPORTER)
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are looked for; what is left out does not matter.

    `action` is the beginning of one ("person."), `subjects` holds any of which it may be, `since`
    is the first moment and `until` the one after the last.
    """

    actor: str = ""
    action: str = ""
    subjects: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class End:
    """Where the chain ends as its head says, and the highest number that there is."""

    number: int
    digest: bytes
    last: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """How the chain stood on a day, written down outside the database.

    One that is `restored` says that a backup which ends there was put back: what was anchored
    beyond it is no longer to be found, and rightly so.
    """

    day: date
    number: int
    digest: bytes
    restored: bool = False


def standing(anchors: Iterable[Anchor]) -> dict[int, bytes]:
    """The digest that each anchored number must have, given all anchors in the order of writing."""
    held: dict[int, bytes] = {}
    for anchor in anchors:
        if anchor.restored:
            held = {number: digest for number, digest in held.items() if number <= anchor.number}
        if anchor.number:
            held[anchor.number] = anchor.digest
    return held


class Break(StrEnum):
    """What is wrong with the first entry that is not as it was recorded."""

    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    REWRITTEN = "rewritten"
    """The chain holds together, but is not the one that was anchored."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`checked` entries are as recorded; then, where `why` is set, number `broken` is not."""

    checked: int
    broken: int | None = None
    why: Break | None = None

    @property
    def whole(self) -> bool:
        return self.why is None


class Checking:
    """Walks the chain from its beginning, in as many steps as suits."""

    def __init__(self, anchors: Iterable[Anchor], end: End) -> None:
        self._anchored, self._end = standing(anchors), end
        self._number, self._digest = 0, BEGINNING

    def take(self, entries: Iterable[Entry]) -> Verdict | None:
        """The entries that come next, by number; a verdict as soon as one is not as recorded."""
        for entry in entries:
            due = self._number + 1
            if entry.number != due:
                return self._broken(Break.ADDED if entry.number < due else Break.MISSING)
            if due > self._end.number:
                return self._broken(Break.ADDED)
            if not follows(self._digest, entry):
                return self._broken(Break.CHANGED)
            if self._anchored.get(due, entry.digest) != entry.digest:
                return self._broken(Break.REWRITTEN)
            self._number, self._digest = due, entry.digest
        return None

    def unreadable(self) -> Verdict:
        """The next entry holds what no entry can hold."""
        return self._broken(Break.CHANGED)

    def finish(self) -> Verdict:
        """The verdict, once all entries were taken."""
        if self._number < max(self._end.number, *self._anchored, 0):
            return self._broken(Break.MISSING)
        if self._digest != self._end.digest:
            return Verdict(self._number - 1, self._number, Break.REWRITTEN)
        return Verdict(self._number)

    def _broken(self, why: Break) -> Verdict:
        return Verdict(self._number, self._number + 1, why)


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
