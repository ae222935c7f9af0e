"""Accounts of staff: who may sign in, and what they may do where.

Only administrators and the operator change them. Each change is recorded, and one of what an
account may do or how it signs in ends its sessions and links at once. Changes take turns, so that
of two administrators who remove each other one stays.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from survey.domain.accounts import Account, Grant, Purpose, Role, name_faults
from survey.domain.addresses import address_of
from survey.domain.audit import Actor, ActorKind, Note
from survey.domain.letters import Letter, LetterKind
from survey.domain.named import named_account
from survey.domain.suggest import did_you_mean
from survey.errors import (
    AccountExists,
    Conflict,
    Fault,
    FieldsRejected,
    LastAdministrator,
    NotFound,
    Refused,
    StaleRevision,
)
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.services import tickets
from survey.services.tickets import Issued

_NO_DETAILS: Final[Mapping[str, Any]] = {}


class Accounts:
    def __init__(self, begin: Begin, clock: Clock, ids: Ids) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids

    async def all(self) -> Sequence[Account]:
        """By name; those that have ended too."""
        async with self._begin.read() as work:
            return await work.accounts.all()

    async def get(self, account: UUID) -> Account:
        """Raises: NotFound."""
        async with self._begin.read() as work:
            return await _get(work, account)

    async def by_email(self, email: str) -> Account:
        """Raises: NotFound."""
        async with self._begin.read() as work:
            found = await work.accounts.by_email(address_of(email) or "")
        if found is None:
            raise NotFound("account with this address")
        return found

    async def invite(
        self,
        email: str,
        name: str,
        grants: Collection[Grant],
        language: str | None,
        *,
        by: Actor,
        letter: bool = True,
    ) -> Account:
        """Make an account and have an invitation sent, except where `letter` is False.

        Raises: AccountExists, FieldsRejected, Refused.
        """
        now = self._clock.now()
        async with self._begin() as work:
            await _take_turn(work, by)
            address = address_of(email)
            faults = [*_email_faults(address), *name_faults(name)]
            faults += await _grant_faults(work, grants)
            if faults or address is None:
                raise FieldsRejected(faults)
            if before := await work.accounts.by_email(address):
                raise AccountExists(ended=before.ended_at is not None)
            account = Account(
                id=self._ids.uuid(),
                email=address,
                name=name.strip(),
                grants=frozenset(grants),
                created_at=now,
                language=language,
            )
            await work.accounts.put(account)
            await _note(work, account, "account.invited", by, now, {"grants": _told(grants)})
            if letter:
                await self._write_invitation(work, account, now)
            await work.commit()
        return account

    async def invite_again(self, account: UUID, *, by: Actor) -> None:
        """Send a new invitation to who has set no password yet.

        Raises: NotFound, Refused; Conflict, where the account has ended or has a password.
        """
        now = self._clock.now()
        async with self._begin() as work:
            await _take_turn(work, by)
            found = await _get_running(work, account)
            if found.password is not None:
                raise Conflict("the account is set up: its owner can ask for a new password")
            await self._write_invitation(work, found, now)
            await _note(work, found, "account.invited_again", by, now)
            await work.commit()

    async def make_link(self, account: UUID, *, by: Actor) -> Issued:
        """A link without a letter, for whom the operator trusts to be the owner (`tickets.PATH`).

        It sets the first password or a new one; the second factor stays.

        Raises: NotFound, Refused; Conflict, where the account has ended.
        """
        now = self._clock.now()
        async with self._begin() as work:
            await _take_turn(work, by)
            if by.kind is not ActorKind.OPERATOR:
                raise Refused("links")
            found = await _get_running(work, account)
            purpose = Purpose.INVITATION if found.password is None else Purpose.RESET
            issued = await tickets.issue(work, self._ids, found, purpose, now=now)
            await _note(work, found, "account.link_made", by, now)
            await work.commit()
        return issued

    async def change_grants(
        self, account: UUID, grants: Collection[Grant], *, by: Actor
    ) -> Account:
        """Let them do this from now on, and nothing else.

        Raises: NotFound, FieldsRejected, LastAdministrator, Refused.
        """
        async with self._begin() as work:
            administrators = await _take_turn(work, by)
            before = await _get(work, account)
            if faults := await _grant_faults(work, grants):
                raise FieldsRejected(faults)
            if before.grants == frozenset(grants):
                return before
            changed = replace(before, grants=frozenset(grants)).next_generation()
            _require_administrator_left(before, changed, administrators)
            told = {"before": _told(before.grants), "after": _told(grants)}
            return await self._keep(work, before, changed, "account.grants_changed", by, told)

    async def rename(self, account: UUID, name: str, *, by: Actor) -> Account:
        """Raises: NotFound, FieldsRejected, Refused."""
        async with self._begin() as work:
            await _take_turn(work, by)
            before = await _get(work, account)
            if faults := list(name_faults(name)):
                raise FieldsRejected(faults)
            changed = replace(before, name=name.strip())
            return await self._keep(work, before, changed, "account.renamed", by)

    async def end(self, account: UUID, *, by: Actor) -> Account:
        """Nobody signs in with it any more, and open pages stop working; twice changes nothing.

        Raises: NotFound, LastAdministrator, Refused.
        """
        async with self._begin() as work:
            administrators = await _take_turn(work, by)
            before = await _get(work, account)
            if before.ended_at is not None:
                return before
            changed = replace(before, ended_at=self._clock.now()).next_generation()
            _require_administrator_left(before, changed, administrators)
            await work.staff_sessions.remove_of(account)
            return await self._keep(work, before, changed, "account.ended", by)

    async def bring_back(self, account: UUID, *, by: Actor) -> Account:
        """Let an account that has ended be used again, with the password that it had.

        Where the person whose it was has another one by now, it is nobody's among the people.

        Raises: NotFound, Refused.
        """
        async with self._begin() as work:
            await _take_turn(work, by)
            before = await _get(work, account)
            if before.ended_at is None:
                return before
            person = before.person
            if person is not None and await work.accounts.by_person(person) is not None:
                person = None
            changed = replace(before, ended_at=None, person=person).next_generation()
            return await self._keep(work, before, changed, "account.brought_back", by)

    async def reset_second_factor(self, account: UUID, *, by: Actor) -> Account:
        """Let them set up another one at the next sign-in, as after losing the phone.

        Raises: NotFound, Refused.
        """
        async with self._begin() as work:
            await _take_turn(work, by)
            before = await _get(work, account)
            changed = replace(before, totp=None).next_generation()
            await work.accounts.put_recovery_codes(account, [])
            return await self._keep(work, before, changed, "account.second_factor_reset", by)

    async def link_person(self, account: UUID, person: UUID | None, *, by: Actor) -> Account:
        """Say who it is among the people who may be asked: they can sign in from their chat.

        None unties them. Raises: NotFound, Refused; Conflict, where the person has an account.
        """
        async with self._begin() as work:
            await _take_turn(work, by)
            before = await _get(work, account)
            if before.person == person:
                return before
            if person is not None:
                if await work.people.get(person) is None:
                    raise NotFound("person")
                if await work.accounts.by_person(person) is not None:
                    raise Conflict("this person has another account")
            changed = replace(before, person=person).next_generation()
            told = {"person": str(person) if person else None}
            return await self._keep(work, before, changed, "account.linked", by, told)

    async def _write_invitation(self, work: UnitOfWork, account: Account, now: datetime) -> None:
        letter = Letter(
            id=self._ids.uuid(),
            kind=LetterKind.INVITATION,
            language=account.language or "en",
            written_at=now,
            due_at=now,
            account=account.id,
        )
        await work.letters.add([letter])

    async def _keep(
        self,
        work: UnitOfWork,
        before: Account,
        changed: Account,
        action: str,
        by: Actor,
        details: Mapping[str, Any] = _NO_DETAILS,
    ) -> Account:
        """Keep and record a change, and commit. Raises: StaleRevision."""
        if not await work.accounts.save(changed, expected_generation=before.generation):
            raise StaleRevision("account")
        await _note(work, changed, action, by, self._clock.now(), details)
        await work.commit()
        return changed


async def _take_turn(work: UnitOfWork, by: Actor) -> int:
    """Lock all accounts against other changes; how many administrators there are.

    Raises: Refused, where whoever it is does not administer now that it is their turn.
    """
    administrators = await work.accounts.count_administrators()
    if by.kind is ActorKind.ACCOUNT and by.id is not None:
        account = await work.accounts.get(by.id)
        if account and account.ended_at is None and Role.ADMINISTRATOR in account.roles:
            return administrators
    elif by.kind is ActorKind.OPERATOR:
        return administrators
    raise Refused("accounts")


def _require_administrator_left(before: Account, after: Account, administrators: int) -> None:
    """Raises: LastAdministrator."""
    if before.administers and not after.administers and administrators <= 1:
        raise LastAdministrator


async def _get(work: UnitOfWork, account: UUID) -> Account:
    found = await work.accounts.get(account)
    if found is None:
        raise NotFound("account")
    return found


async def _get_running(work: UnitOfWork, account: UUID) -> Account:
    found = await _get(work, account)
    if found.ended_at is not None:
        raise Conflict("the account has ended: bring it back first")
    return found


async def _note(
    work: UnitOfWork,
    account: Account,
    action: str,
    by: Actor,
    now: datetime,
    details: Mapping[str, Any] = _NO_DETAILS,
) -> None:
    await work.audit.add(Note(now, by, action, named_account(account.id), details))


def _told(grants: Collection[Grant]) -> list[list[str]]:
    """Grants as the record keeps them."""
    return [[str(grant.role), grant.unit, grant.service] for grant in sorted(grants)]


def _email_faults(address: str | None) -> Iterator[Fault]:
    if address is None:
        message = "give an e-mail address, such as name@example.org"
        yield Fault(("email",), "address", message)


async def _grant_faults(work: UnitOfWork, grants: Collection[Grant]) -> list[Fault]:
    """What is wrong with them; paths are ("grants", number from 0 as given, field)."""
    if not grants:
        return [Fault(("grants",), "required", "choose at least one role")]
    units = [unit.key for unit in await work.organisation.units()]
    services = [service.key for service in await work.organisation.services()]
    faults, roles = list[Fault](), {grant.role for grant in grants}
    for number, grant in enumerate(grants):
        at = ("grants", str(number))
        if grant.role is Role.ADMINISTRATOR and (grant.unit or grant.service):
            message = "an administrator is one of the whole body: name no unit and no service"
            faults.append(Fault((*at, "role"), "whole", message))
        if grant.role is Role.PROVIDER:
            faults += _provider_faults(grant, roles, at)
        for field, key, known in (
            ("unit", grant.unit, units),
            ("service", grant.service, services),
        ):
            if key and key not in known:
                message = f"'{key[:40]}' is not a {field}{did_you_mean(key, known)}"
                faults.append(Fault((*at, field), f"no_{field}", message))
    return faults


def _provider_faults(grant: Grant, roles: Collection[Role], at: tuple[str, ...]) -> Iterator[Fault]:
    """Of another body: of ours they have nothing, and all services are nobody's to provide."""
    if set(roles) != {Role.PROVIDER}:
        message = "whoever is of a provider has no other role: make an account for each"
        yield Fault((*at, "role"), "alone", message)
    if not grant.service:
        message = "name the service that the provider looks after"
        yield Fault((*at, "service"), "service", message)
