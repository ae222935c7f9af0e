"""Staff accounts with their grants, their sign-ins, and the links that lead to them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.statements import insert as inserting
from survey.db.statements import insert_or_update, storable
from survey.db.tables import accounts, grants, recovery_codes, staff_sessions, tickets, tries
from survey.domain.accounts import (
    Account,
    Grant,
    Method,
    Purpose,
    Role,
    StaffSession,
    Stage,
    Ticket,
)
from survey.ports.accounts import SignedIn

_APART: Final = frozenset({"id", "totp_step"})
"""Columns that saving an account leaves alone: a code that is used meanwhile stays used."""


class SqlAccounts:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, account: UUID) -> Account | None:
        return await self._one(accounts.c.id == account)

    async def by_email(self, email: str) -> Account | None:
        return await self._one(accounts.c.email == email.casefold()) if storable(email) else None

    async def by_subject(self, subject: str) -> Account | None:
        return await self._one(accounts.c.subject == subject) if storable(subject) else None

    async def by_person(self, person: UUID) -> Account | None:
        return await self._one(accounts.c.person == person, accounts.c.ended_at.is_(None))

    async def all(self) -> Sequence[Account]:
        held = await self._grants()
        rows = await self._connection.execute(
            select(accounts).order_by(accounts.c.name, accounts.c.id)
        )
        return [_account(row, held[row.id]) for row in rows]

    async def put(self, account: Account) -> None:
        await self._connection.execute(
            insert_or_update(self._connection, accounts), _values(account)
        )
        await self._put_grants(account)

    async def save(self, account: Account, *, expected_generation: int) -> bool:
        changed = await self._connection.execute(
            update(accounts)
            .where(accounts.c.id == account.id, accounts.c.generation == expected_generation)
            .values({key: value for key, value in _values(account).items() if key not in _APART})
        )
        if changed.rowcount != 1:
            return False
        await self._put_grants(account)
        return True

    async def use_totp_step(self, account: UUID, *, step: int) -> bool:
        used = await self._connection.execute(
            update(accounts)
            .where(accounts.c.id == account, accounts.c.totp_step < step)
            .values(totp_step=step)
        )
        return used.rowcount == 1

    async def count_administrators(self) -> int:
        running = accounts.c.ended_at.is_(None)
        # In two statements: the second sees what whoever held the lock has kept.
        await self._connection.execute(
            select(accounts.c.id).where(running).order_by(accounts.c.id).with_for_update()
        )
        can_sign_in = or_(
            accounts.c.password.is_not(None),
            accounts.c.subject.is_not(None),
            accounts.c.totp.is_not(None),
        )
        counted = (
            select(func.count(accounts.c.id.distinct()))
            .join(grants, grants.c.account == accounts.c.id)
            .where(running, can_sign_in, grants.c.role == Role.ADMINISTRATOR)
        )
        return await self._connection.scalar(counted) or 0

    async def put_recovery_codes(self, account: UUID, digests: Sequence[bytes]) -> None:
        await self._connection.execute(
            delete(recovery_codes).where(recovery_codes.c.account == account)
        )
        rows = [{"account": account, "digest": digest} for digest in digests]
        if rows:
            await self._connection.execute(insert(recovery_codes), rows)

    async def take_recovery_code(self, account: UUID, digest: bytes) -> bool:
        taken = await self._connection.execute(
            delete(recovery_codes).where(
                recovery_codes.c.account == account, recovery_codes.c.digest == digest
            )
        )
        return taken.rowcount == 1

    async def count_recovery_codes(self, account: UUID) -> int:
        counted = select(func.count()).where(recovery_codes.c.account == account)
        return await self._connection.scalar(counted) or 0

    async def _one(self, *where: ColumnElement[bool]) -> Account | None:
        row = (await self._connection.execute(select(accounts).where(*where))).first()
        if row is None:
            return None
        return _account(row, (await self._grants(grants.c.account == row.id))[row.id])

    async def _grants(self, *where: ColumnElement[bool]) -> defaultdict[UUID, set[Grant]]:
        held = defaultdict[UUID, set[Grant]](set)
        for row in await self._connection.execute(select(grants).where(*where)):
            held[row.account].add(Grant(Role(row.role), row.unit, row.service))
        return held

    async def _put_grants(self, account: Account) -> None:
        await self._connection.execute(delete(grants).where(grants.c.account == account.id))
        rows = [
            {
                "account": account.id,
                "role": grant.role,
                "unit": grant.unit,
                "service": grant.service,
            }
            for grant in sorted(account.grants)
        ]
        if rows:
            await self._connection.execute(insert(grants), rows)


class SqlTickets:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, ticket: Ticket) -> None:
        await self._connection.execute(
            insert(tickets),
            {
                "digest": ticket.digest,
                "account": ticket.account,
                "purpose": ticket.purpose,
                "generation": ticket.generation,
                "expires_at": ticket.expires_at,
            },
        )

    async def find(self, digest: bytes, *, now: datetime) -> Ticket | None:
        chosen = select(tickets).where(tickets.c.digest == digest, tickets.c.expires_at > now)
        row = (await self._connection.execute(chosen)).first()
        return _ticket(row) if row else None

    async def take(self, digest: bytes, *, now: datetime) -> Ticket | None:
        taken = (
            delete(tickets)
            .where(tickets.c.digest == digest, tickets.c.expires_at > now)
            .returning(*tickets.c)
        )
        row = (await self._connection.execute(taken)).first()
        return _ticket(row) if row else None


class SqlStaffSessions:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, digest: bytes) -> SignedIn | None:
        chosen = select(staff_sessions).where(staff_sessions.c.digest == digest)
        row = (await self._connection.execute(chosen)).first()
        if row is None:
            return None
        account = await SqlAccounts(self._connection).get(row.account)
        if account is None:
            return None
        return SignedIn(_session(row), account)

    async def put(self, session: StaffSession) -> None:
        await self._connection.execute(
            insert_or_update(self._connection, staff_sessions),
            {
                "digest": session.digest,
                "account": session.account,
                "generation": session.generation,
                "stage": session.stage,
                "method": session.method,
                "created_at": session.created_at,
                "seen_at": session.seen_at,
                "expires_at": session.expires_at,
            },
        )

    async def seen(self, digest: bytes, *, at: datetime) -> None:
        await self._connection.execute(
            update(staff_sessions).where(staff_sessions.c.digest == digest).values(seen_at=at)
        )

    async def remove(self, digest: bytes) -> None:
        await self._connection.execute(
            delete(staff_sessions).where(staff_sessions.c.digest == digest)
        )

    async def remove_of(self, account: UUID) -> None:
        await self._connection.execute(
            delete(staff_sessions).where(staff_sessions.c.account == account)
        )


class SqlTries:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def failed(self, scope: str, who: bytes, *, since: datetime) -> int:
        chosen = select(tries.c.failed).where(
            tries.c.scope == scope, tries.c.who == who, tries.c.since > since
        )
        return await self._connection.scalar(chosen) or 0

    async def note(
        self, scope: str, who: bytes, *, now: datetime, since: datetime, by: int = 1
    ) -> int:
        await self._connection.execute(
            delete(tries).where(tries.c.scope == scope, tries.c.who == who, tries.c.since <= since)
        )
        counted = (
            inserting(self._connection, tries)
            .values(scope=scope, who=who, failed=by, since=now)
            .on_conflict_do_update(
                index_elements=tries.primary_key, set_={"failed": tries.c.failed + by}
            )
            .returning(tries.c.failed)
        )
        failed: int = (await self._connection.execute(counted)).scalar_one()
        return failed

    async def forget(self, scope: str, who: bytes) -> None:
        await self._connection.execute(
            delete(tries).where(tries.c.scope == scope, tries.c.who == who)
        )


def _values(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "language": account.language,
        "password": account.password,
        "totp": account.totp,
        "totp_step": account.totp_step,
        "subject": account.subject,
        "person": account.person,
        "created_at": account.created_at,
        "ended_at": account.ended_at,
        "generation": account.generation,
    }


def _account(row: Row[Any], held: set[Grant]) -> Account:
    return Account(
        id=row.id,
        email=row.email,
        name=row.name,
        grants=frozenset(held),
        created_at=row.created_at,
        language=row.language,
        password=row.password,
        totp=row.totp,
        totp_step=row.totp_step,
        subject=row.subject,
        person=row.person,
        ended_at=row.ended_at,
        generation=row.generation,
    )


def _ticket(row: Row[Any]) -> Ticket:
    return Ticket(row.digest, row.account, Purpose(row.purpose), row.generation, row.expires_at)


def _session(row: Row[Any]) -> StaffSession:
    return StaffSession(
        digest=row.digest,
        account=row.account,
        generation=row.generation,
        stage=Stage(row.stage),
        method=Method(row.method),
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
    )
