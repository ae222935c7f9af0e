"""People who may be asked, and the links by which they join."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from survey.domain.people import Described, Found, Join, PeopleSort, Person


class People(Protocol):
    async def get(self, person: UUID) -> Person | None: ...
    async def those(self, people: Collection[UUID]) -> Mapping[UUID, Person]:
        """Those of these that there are."""

    async def by_key(self, key: str) -> Person | None: ...
    async def names_of(self, people: Collection[UUID]) -> Mapping[UUID, str]:
        """How those of these are called that there are."""

    async def names_by_key(self, keys: Collection[str]) -> Mapping[str, str]:
        """The same by their keys."""

    async def named_in(self, text: str, *, limit: int) -> Sequence[str]:
        """Names of people that stand in the text, case and accents folded."""

    async def by_email(self, email: str) -> Sequence[Person]:
        """Whoever has this address, whatever its case."""

    async def find(
        self,
        *,
        text: str = "",
        units: Collection[str] | None = None,
        ended: bool | None = False,
        opted_out: bool | None = None,
        sort: PeopleSort = PeopleSort.NAME,
        descending: bool = False,
        after: Person | None = None,
        limit: int = 50,
    ) -> Found:
        """Those whose name, key or address holds the text (case and accents folded), in order.

        Args:
            units: only who stands for one of these; None is everybody, in no unit too.
            ended: only who left, only who did not, or (None) both.
            opted_out: only who wants no survey, only who did not say so, or (None) both.
            after: the last of the page before.
        """

    def all(self) -> AsyncIterator[Person]:
        """Everybody, also who left, as a stream; for a unit of work of one state."""

    async def count(
        self,
        units: Collection[str] | None = None,
        *,
        text: str = "",
        ended: bool | None = False,
        opted_out: bool | None = None,
        most: int | None = None,
    ) -> int:
        """How many `find` would find, all pages together.

        Args:
            most: counting may stop there: then there are as many, or more.
        """

    async def count_by_unit(self) -> Mapping[str, int]:
        """How many stand for each unit itself and did not leave."""

    async def described(self, *, most_values: int) -> Described:
        """Which roles and details people have who did not leave.

        Args:
            most_values: a detail with more values than this is named without them.
        """

    async def put(self, people: Iterable[Person]) -> None:
        """Insert or update by id, with their units."""

    async def save(self, person: Person, *, expected_revision: int) -> bool:
        """Keep a change under the next revision; False where somebody else was faster."""

    async def revisions(self, people: Sequence[UUID]) -> Mapping[UUID, int]:
        """At which revision they are; locked, so that it stays so until the transaction ends."""

    async def remove(self, person: UUID) -> None:
        """Delete them with their units and links; chats and accounts of theirs stay, unlinked."""


class Joins(Protocol):
    """Personal links and codes, by their hash."""

    async def put(self, joins: Iterable[Join]) -> None: ...
    async def find(self, digest: bytes, *, now: datetime) -> UUID | None:
        """The person that it leads to; nothing is used up."""

    async def take(self, digest: bytes, *, now: datetime) -> UUID | None:
        """The person, once: this link and all others of theirs are gone with the transaction."""

    async def forget(self, person: UUID) -> None: ...
    async def forget_all(self, people: Sequence[UUID]) -> None: ...
