"""People who may be asked: as kept, and what a list of them says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

JOIN_DAYS: Final = 14
"""How long a personal link or code can be used."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be asked.

    `key` is what the body calls them in its files. `units` are those that they stand for, in the
    order in which they are offered; `attributes` are all other columns of the file, as text.
    `revision` goes up with each change.
    """

    id: UUID
    key: str
    name: str
    units: tuple[str, ...]
    created_at: datetime
    email: str | None = None
    language: str | None = None
    roles: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    ended_at: datetime | None = None
    opted_out_at: datetime | None = None
    revision: int = 1

    @property
    def may_be_asked(self) -> bool:
        """The one place that says so: neither left nor asked to be left alone."""
        return self.ended_at is None and self.opted_out_at is None


@dataclass(frozen=True, slots=True)
class Join:
    """A personal link or code that leads to this person once; `digest` is its hash."""

    digest: bytes
    person: UUID
    expires_at: datetime


class PeopleSort(StrEnum):
    """By what a list of people is sorted."""

    NAME = "name"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search: `more` says that there are others after the last."""

    people: tuple[Person, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of people: which roles there are, and by detail which values, in order.

    A detail that nearly everybody has another value of (a date, a number) has none here.
    """

    roles: tuple[str, ...]
    details: Mapping[str, tuple[str, ...]]
