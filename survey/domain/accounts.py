"""Staff accounts: what they are, which roles they hold where, and how far a sign-in came."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from survey.errors import Fault

LONGEST_NAME: Final = 120


class Role(StrEnum):
    """The roles of an account; callers without one are anybody, a linked person, an API key.

    A provider is another body, that looks after services for this one: see
    `survey.domain.case_access`.
    """

    ADMINISTRATOR = "administrator"
    SURVEY_MANAGER = "survey_manager"
    SERVICE_MANAGER = "service_manager"
    CASE_WORKER = "case_worker"
    VIEWER = "viewer"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A role on a unit and what lies below it, on a service and what lies below it.

    Empty is everything: `Grant(role)` holds for the whole body, `Grant(role, service="payroll")`
    for payroll across all units, `Grant(role, "schools", "payroll")` for payroll in schools.
    """

    role: Role
    unit: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in.

    `generation` goes up with each change of roles, password or second factor, and when the account
    ends: a session or ticket of an earlier generation counts no more. `totp` is the encrypted
    secret of the second factor, `totp_step` the time step of the code used last.
    """

    id: UUID
    email: str
    name: str
    grants: frozenset[Grant]
    created_at: datetime
    language: str | None = None
    password: str | None = None
    totp: bytes | None = None
    totp_step: int = 0
    subject: str | None = None
    person: UUID | None = None
    ended_at: datetime | None = None
    generation: int = 1

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)

    @property
    def needs_second_factor(self) -> bool:
        """All but those who are viewers alone."""
        return self.roles != {Role.VIEWER}

    @property
    def administers(self) -> bool:
        """Whether somebody can sign in with it and manage accounts; an invitation is not enough."""
        can_sign_in = (self.password, self.totp, self.subject) != (None, None, None)
        return Role.ADMINISTRATOR in self.roles and self.ended_at is None and can_sign_in

    @property
    def signs_in_by_chat(self) -> bool:
        """Whether a link in chat is given to it: never as the only factor.

        Whoever hands out personal links decides who joins as its person, and may look after one
        school alone.
        """
        return self.ended_at is None and self.totp is not None

    def stage_after(self, *, second_factor: bool = False) -> "Stage":
        """How far a right first factor leads; `second_factor` says that a second was seen too."""
        if second_factor:
            return Stage.WHOLE
        if self.totp is not None:
            return Stage.SECOND_FACTOR
        return Stage.SET_UP if self.needs_second_factor else Stage.WHOLE

    def next_generation(self) -> Self:
        """The same account, in which every session and ticket of before has ended."""
        return replace(self, generation=self.generation + 1)


def name_faults(name: str) -> Iterator[Fault]:
    """What is wrong with how somebody is to be called; spaces around it do not count."""
    if not name.strip():
        yield Fault(("name",), "required", "give a name")
    elif len(name.strip()) > LONGEST_NAME:
        yield Fault(("name",), "too_long", f"it is longer than {LONGEST_NAME} characters")
    elif not name.isprintable():
        yield Fault(("name",), "characters", "it holds characters that cannot be shown")


class Purpose(StrEnum):
    """What a single-use link to an account is for."""

    INVITATION = "invitation"
    RESET = "reset"
    EMAIL = "email"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A link that works once, for one account; `digest` is its token's hash."""

    digest: bytes
    account: UUID
    purpose: Purpose
    generation: int
    expires_at: datetime

    def opens(self, account: Account) -> bool:
        """Whether the account is still as it was when the ticket was made."""
        if self.purpose is Purpose.CHAT and not account.signs_in_by_chat:
            return False
        return account.ended_at is None and account.generation == self.generation


class Stage(StrEnum):
    """How far a sign-in came."""

    SECOND_FACTOR = "second_factor"
    """The first factor was right; a code is to follow."""
    SET_UP = "set_up"
    """The first factor was right; the account has no second factor yet and needs one."""
    WHOLE = "whole"


class Method(StrEnum):
    """By what somebody signed in, for the record and the page."""

    PASSWORD = "password"  # noqa: S105 (the name of the way, no password)
    EMAIL = "email"
    CHAT = "chat"
    SSO = "sso"
    LOOK_ROUND = "look_round"


@dataclass(frozen=True, slots=True)
class StaffSession:
    """A sign-in in one browser; `digest` is the hash of its cookie's secret."""

    digest: bytes
    account: UUID
    generation: int
    stage: Stage
    method: Method
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
