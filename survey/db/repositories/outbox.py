"""The outbox of campaigns: claimed, begun, sent, settled; sets in each statement.

A row that was begun and not settled when its lease ended may have been sent. Whoever claims it next
counts that up, and a row is begun no more than twice: so a message leaves once, or twice at most.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Column,
    Row,
    Uuid,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db import sending
from survey.db.repositories.invitations import expire
from survey.db.repositories.turns import give_back
from survey.db.sets import Many
from survey.db.statements import insert_or_update
from survey.db.tables import (
    UNSENT,
    deliveries,
    invitations,
    leases,
    waves,
)
from survey.db.types import UtcDateTime
from survey.domain.campaign import ChannelName
from survey.domain.waves import (
    MOST_REPEATS,
    TAKING_ANSWERS,
    Delivery,
    HoldReason,
    InvitationState,
    Outcome,
    WaveState,
)
from survey.ports.campaigns import Settled

_SENDER: Final = "sender:"
_ENDED: Final = (WaveState.CLOSED.value, WaveState.STOPPED.value)

_ASK: Final = Many(
    (Column("person", Uuid), Column("at", UtcDateTime), Column("invitation", Uuid)),
    "INSERT INTO asked (person, at, invitation)"
    " SELECT new.person, new.at, new.invitation FROM {rows} WHERE true"
    " ON CONFLICT (person) DO UPDATE SET at = excluded.at, invitation = excluded.invitation"
    " WHERE asked.invitation = excluded.invitation OR asked.at <= {before}"
    # Whoever answers for several schools has their turn for all of them at once.
    " OR EXISTS (SELECT 1 FROM invitations AS had JOIN invitations AS other"
    " ON other.wave = had.wave AND other.body <> ''"
    " WHERE had.id = asked.invitation AND other.id = excluded.invitation)"
    " RETURNING invitation",
    before=UtcDateTime(),
)


class SqlOutbox:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def any_due(self, *, now: datetime) -> bool:
        return await sending.any_due(self._connection, now=now)

    async def claim(
        self, holder: UUID, *, now: datetime, limit: int, lease: timedelta
    ) -> Sequence[Delivery]:
        return await sending.claim(self._connection, holder, now=now, limit=limit, lease=lease)

    async def begin(
        self, holder: UUID, wanted: Collection[UUID], *, now: datetime
    ) -> Collection[UUID]:
        if not wanted:
            return ()
        found = await sending.begin(self._connection, holder, wanted, now=now)
        if len(found) < len(wanted):
            await self._let_go(holder, wanted, now)
        return found

    async def stopped(self, invitation: UUID, number: int, *, now: datetime) -> bool:
        return await sending.stopped(self._connection, invitation, number, now=now)

    async def _let_go(self, holder: UUID, these: Collection[UUID], now: datetime) -> None:
        """What nobody wants by now is dropped; it has not been sent again, if ever."""
        mine = and_(
            deliveries.c.id.in_(these),
            deliveries.c.holder == holder,
            deliveries.c.leased_until > now,
            deliveries.c.begun_at.is_(None),
            UNSENT,
        )
        over = deliveries.c.wave.in_(select(waves.c.key).where(waves.c.state.in_(_ENDED)))
        dropped = await self._connection.scalars(
            update(deliveries)
            .where(mine, or_(over, ~sending.wanted()))
            .values(
                settled_at=now,
                outcome=Outcome.DROPPED.value,
                repeats=0,
                holder=None,
                leased_until=None,
            )
            .returning(deliveries.c.invitation)
        )
        await expire(self._connection, dropped.all())
        await self._connection.execute(
            update(deliveries).where(mine).values(holder=None, leased_until=None)
        )

    async def settle(self, holder: UUID, settled: Collection[Settled], *, now: datetime) -> None:
        await sending.settle(self._connection, holder, settled, now=now)
        if unsent := [each.delivery for each in settled if _stayed(each)]:
            of = select(deliveries.c.invitation).where(deliveries.c.id.in_(unsent))
            await give_back(self._connection, (await self._connection.scalars(of)).all())

    async def release(self, holder: UUID, claimed: Collection[UUID]) -> None:
        mine = deliveries.c.id.in_(claimed), deliveries.c.holder == holder
        await self._connection.execute(
            update(deliveries)
            .where(*mine, UNSENT, deliveries.c.begun_at.is_(None))
            .values(holder=None, leased_until=None)
        )

    async def wake(self, hold: HoldReason, *, now: datetime) -> None:
        await self._connection.execute(
            update(deliveries)
            .where(
                UNSENT,
                deliveries.c.wave.in_(sending.sending(now)),
                deliveries.c.hold == hold.value,
                deliveries.c.due_at > now,
            )
            .values(due_at=now)
        )

    async def depth(self, *, now: datetime) -> tuple[int, datetime | None]:
        of = sending.sending(now).subquery()
        mine = deliveries.c.wave == of.c.key, UNSENT, deliveries.c.due_at <= now
        number, oldest = (
            select(each).where(*mine).correlate(of).scalar_subquery()
            for each in (func.count(), func.min(deliveries.c.due_at))
        )
        waves_ = await self._connection.execute(select(number, oldest).select_from(of))
        found = [(n, at) for n, at in waves_ if n]
        return sum(n for n, _ in found), min((at for _, at in found), default=None)

    async def failed(self, wave: str, *, limit: int = 200) -> Sequence[tuple[Delivery, str]]:
        chosen = (
            select(deliveries)
            .where(deliveries.c.wave == wave, deliveries.c.outcome == Outcome.FAILED.value)
            .order_by(deliveries.c.settled_at.desc(), deliveries.c.id)
            .limit(limit)
        )
        rows = await self._connection.execute(chosen)
        return [(_delivery(row), row.reason or "") for row in rows]

    async def repeated(self, wave: str, *, limit: int = 200) -> Sequence[Delivery]:
        chosen = (
            select(deliveries)
            .where(deliveries.c.wave == wave, deliveries.c.repeats > 0)
            .order_by(deliveries.c.id)
            .limit(limit)
        )
        return [_delivery(row) for row in await self._connection.execute(chosen)]

    async def replay(self, wanted: Collection[UUID], *, now: datetime) -> int:
        again = await self._connection.execute(
            update(deliveries)
            .where(
                deliveries.c.id.in_(wanted),
                deliveries.c.outcome == Outcome.FAILED.value,
                deliveries.c.wave.in_(select(waves.c.key).where(waves.c.state.in_(TAKING_ANSWERS))),
            )
            .values(
                settled_at=None,
                outcome=None,
                reason=None,
                hold=None,
                due_at=now,
                begun_at=None,
                attempts=0,
                failures=0,
                # Listed as before, and it may be sent once more.
                repeats=case((deliveries.c.repeats > 0, MOST_REPEATS), else_=0),
            )
            .returning(deliveries.c.invitation, deliveries.c.number)
        )
        rows = again.all()
        await self._connection.execute(
            update(invitations)
            .where(
                invitations.c.id.in_([row.invitation for row in rows if row.number == 0]),
                invitations.c.state == InvitationState.FAILED.value,
            )
            .values(state=InvitationState.WAITING.value, reason=None)
        )
        return len(rows)

    async def may_ask(
        self, wanted: Mapping[UUID, UUID], *, now: datetime, apart: timedelta
    ) -> Collection[UUID]:
        # A statement cannot meet one row twice: a person's invitations take turns.
        may: set[UUID] = set()
        waiting = dict(wanted)
        while waiting:
            first: dict[UUID, UUID] = {}
            for invitation, person in waiting.items():
                first.setdefault(person, invitation)
            taken = await _ASK.run(
                self._connection,
                [(person, now, first[person]) for person in sorted(first)],
                before=now - apart,
            )
            may |= {sending.uuid_of(row[0]) for row in taken}
            for each in first.values():
                del waiting[each]
        return may

    async def attend(self, holder: UUID, *, now: datetime, until: datetime) -> int:
        row = {"name": f"{_SENDER}{holder}", "holder": holder, "fence": 0, "until": until}
        gone = leases.c.name.startswith(_SENDER), leases.c.until <= now
        await self._connection.execute(delete(leases).where(*gone))
        await self._connection.execute(insert_or_update(self._connection, leases), row)
        return await self.senders()

    async def senders(self) -> int:
        counted = select(func.count()).where(leases.c.name.startswith(_SENDER))
        return await self._connection.scalar(counted) or 0

    async def leave(self, holder: UUID) -> None:
        await self._connection.execute(delete(leases).where(leases.c.name == f"{_SENDER}{holder}"))


def _stayed(each: Settled) -> bool:
    """Whether this message is known not to have left."""
    return each.outcome is not Outcome.SENT and not each.in_doubt


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        wave=row.wave,
        invitation=row.invitation,
        number=row.number,
        due_at=row.due_at,
        attempts=row.attempts,
        begun_at=row.begun_at,
        repeats=row.repeats,
        failures=row.failures,
        hold=HoldReason(row.hold) if row.hold else None,
        channel=ChannelName(row.channel) if row.channel else None,
    )
