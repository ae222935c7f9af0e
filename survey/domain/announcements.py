"""Announcements: what many reporters are told at once, of a problem or of an action.

One is a row that is due until each of the reports has had its turn. The reports are worked off in
the order of their ids, some in a transaction that also keeps how far it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from survey.domain.case_records import Action, LinkKind
from survey.domain.cases import EntryKind, Said, Side


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is told in each report of a problem (`problem`), or in each that an action is about
    (`action`): one of both is set.

    Of a problem `kind`, `text` and `data` are the entry; of an action each report gets its words
    in its own language, as they stand by then. `total` reports were there when it was made, `done`
    had their turn, `after` is the last of these. `ended_at` is when all had it, or when something
    newer was said instead.
    """

    id: UUID
    at: datetime
    by: str
    total: int
    problem: UUID | None = None
    action: UUID | None = None
    kind: EntryKind = EntryKind.NOTE
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    after: UUID | None = None
    done: int = 0
    ended_at: datetime | None = None

    @property
    def said(self) -> Said:
        """The entry of one about a problem."""
        return Said(kind=self.kind, side=Side.STAFF, text=self.text, data=self.data)


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whose reports: those of these problems, and those with these references.

    Where `open_only`, those that are over have no part. Those that are for few have none, though
    they are named: they may have come to be that since.
    """

    problems: frozenset[UUID] = frozenset()
    references: frozenset[str] = frozenset()
    open_only: bool = False

    @classmethod
    def by_problem(cls, problem: UUID) -> "Concerned":
        """Whom a change of a problem concerns."""
        return cls(problems=frozenset({problem}), open_only=True)

    @classmethod
    def by_action(cls, action: Action) -> "Concerned":
        """Who asked for what is done, or was affected."""
        keys = {
            kind: frozenset(key for each, key in action.links if each is kind) for kind in LinkKind
        }
        problems = frozenset(map(UUID, keys[LinkKind.PROBLEM]))
        return cls(problems=problems, references=keys[LinkKind.CASE])


@dataclass(frozen=True, slots=True)
class Reaching:
    """How many `reports` these are, how many `receivers` a message about them has, in how many
    reports nobody can be told (`without`), and which known people are told.
    """

    reports: int = 0
    receivers: int = 0
    without: int = 0
    people: frozenset[UUID] = frozenset()
