"""Accounts, sign-ins, and what leads to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from survey.domain.accounts import Account, StaffSession, Ticket


class Accounts(Protocol):
    async def get(self, account: UUID) -> Account | None: ...
    async def by_email(self, email: str) -> Account | None:
        """Whatever the case of the address."""

    async def by_subject(self, subject: str) -> Account | None: ...
    async def by_person(self, person: UUID) -> Account | None: ...
    async def all(self) -> Sequence[Account]:
        """By name; those that have ended too."""

    async def put(self, account: Account) -> None:
        """Insert or update by id, with its grants."""

    async def save(self, account: Account, *, expected_generation: int) -> bool:
        """Keep a change; False where the account was changed since it was read.

        The time step of the code used last stays as it is: that is for `use_totp_step`.
        """

    async def use_totp_step(self, account: UUID, *, step: int) -> bool:
        """Note that the code of this time step was used; False where it or a later one was."""

    async def count_administrators(self) -> int:
        """Those that can sign in (`Account.administers`), under a lock on all accounts that have
        not ended, until the end of the transaction."""

    async def put_recovery_codes(self, account: UUID, digests: Sequence[bytes]) -> None:
        """In place of all that there were."""

    async def take_recovery_code(self, account: UUID, digest: bytes) -> bool:
        """Use it up; False where it is none of theirs."""

    async def count_recovery_codes(self, account: UUID) -> int: ...


class Tickets(Protocol):
    """Single-use links to an account, by their hash."""

    async def put(self, ticket: Ticket) -> None: ...
    async def find(self, digest: bytes, *, now: datetime) -> Ticket | None:
        """Nothing is used up."""

    async def take(self, digest: bytes, *, now: datetime) -> Ticket | None:
        """The ticket, once: it is gone with the transaction."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session with the account that it is of."""

    session: StaffSession
    account: Account


class StaffSessions(Protocol):
    async def get(self, digest: bytes) -> SignedIn | None:
        """As stored: whether it counts is for who asks to say."""

    async def put(self, session: StaffSession) -> None: ...
    async def seen(self, digest: bytes, *, at: datetime) -> None:
        """Note when it was last used; one that has ended meanwhile stays ended."""

    async def remove(self, digest: bytes) -> None: ...
    async def remove_of(self, account: UUID) -> None:
        """End all sign-ins of an account."""


class Tries(Protocol):
    """What failed lately, counted across all processes."""

    async def failed(self, scope: str, who: bytes, *, since: datetime) -> int:
        """How often it failed since then."""

    async def note(
        self, scope: str, who: bytes, *, now: datetime, since: datetime, by: int = 1
    ) -> int:
        """Count so many more failures, forgetting what lies before `since`; how many there are."""

    async def forget(self, scope: str, who: bytes) -> None: ...
