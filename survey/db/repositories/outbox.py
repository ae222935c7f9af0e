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
    ColumnElement,
    FromClause,
    Integer,
    Row,
    Select,
    String,
    Uuid,
    and_,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.repositories.invitations import expire
from survey.db.repositories.turns import give_back
from survey.db.sets import Many
from survey.db.statements import insert_or_update
from survey.db.tables import (
    UNSENT,
    campaigns,
    deliveries,
    installation,
    invitations,
    leases,
    pauses,
    people,
    waves,
)
from survey.db.types import UtcDateTime
from survey.domain.campaign import CampaignState, ChannelName
from survey.domain.waves import (
    MOST_REPEATS,
    Delivery,
    HoldReason,
    InvitationState,
    Outcome,
    WaveState,
)
from survey.ports.campaigns import Settled

_SENDER: Final = "sender:"
_TO_SEND: Final = (InvitationState.WAITING.value, InvitationState.HELD.value)
_SENT: Final = tuple(state.value for state in InvitationState if state.may_be_reminded)
_ENDED: Final = (WaveState.CLOSED.value, WaveState.STOPPED.value)
_TAKING: Final = tuple(state.value for state in WaveState if state.takes_answers)

_CLAIMED: Final = (
    deliveries.c.id,
    deliveries.c.wave,
    deliveries.c.invitation,
    deliveries.c.number,
    deliveries.c.due_at,
    deliveries.c.attempts,
    deliveries.c.repeats,
    deliveries.c.failures,
    deliveries.c.hold,
)

_SETTLE: Final = Many(
    (
        Column("id", Uuid),
        Column("outcome", String(12)),
        Column("reason", String(64)),
        Column("channel", String(12)),
        Column("due_at", UtcDateTime),
        Column("hold", String(64)),
        Column("failed", Integer),
        Column("in_doubt", Integer),
    ),
    "UPDATE deliveries SET"
    " settled_at = CASE WHEN new.outcome IS NULL THEN NULL ELSE {now} END,"
    " outcome = new.outcome, reason = new.reason, channel = new.channel, hold = new.hold,"
    " due_at = coalesce(new.due_at, deliveries.due_at),"
    " failures = deliveries.failures + new.failed,"
    " begun_at = CASE WHEN new.outcome IS NULL AND new.in_doubt = 0 THEN NULL"
    " ELSE deliveries.begun_at END,"
    " holder = NULL, leased_until = NULL"
    " FROM {rows} WHERE deliveries.id = new.id AND deliveries.settled_at IS NULL"
    " AND (deliveries.holder = {holder} OR new.outcome = 'sent')"
    " RETURNING deliveries.id, deliveries.invitation, deliveries.number",
    now=UtcDateTime(),
    holder=Uuid(),
)

_INVITED: Final = Many(
    (
        Column("id", Uuid),
        Column("state", String(12)),
        Column("reason", String(64)),
        Column("channel", String(12)),
        Column("sent_at", UtcDateTime),
        Column("message_id", invitations.c.message_id.type),
        Column("reminders", Integer),
    ),
    "UPDATE invitations AS had SET"
    # A message that was snoozed has been delivered once, whatever becomes of the second.
    " state = CASE WHEN had.state NOT IN ('waiting', 'held') OR new.state IS NULL THEN had.state"
    " WHEN new.state IN ('blocked', 'failed', 'skipped') AND had.sent_at IS NOT NULL"
    " THEN 'delivered'"
    " ELSE new.state END,"
    " reason = CASE WHEN had.state IN ('waiting', 'held') AND new.state IS NOT NULL"
    " THEN new.reason ELSE had.reason END,"
    " channel = coalesce(new.channel, had.channel),"
    " sent_at = coalesce(had.sent_at, new.sent_at),"
    " message_id = coalesce(new.message_id, had.message_id),"
    " reminders = had.reminders + new.reminders"
    " FROM {rows} WHERE had.id = new.id",
)

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
        # Wave by wave, through the index: PostgreSQL would look at all that is to come instead.
        sending = _sending(now).subquery()
        first = (
            select(deliveries.c.id)
            .where(deliveries.c.wave == sending.c.key, _due(now))
            .correlate(sending)
            .order_by(deliveries.c.due_at, deliveries.c.id)
            .limit(1)
            .scalar_subquery()
        )
        found = await self._connection.scalars(select(first).select_from(sending))
        return any(each is not None for each in found)

    async def claim(
        self, holder: UUID, *, now: datetime, limit: int, lease: timedelta
    ) -> Sequence[Delivery]:
        again = case((deliveries.c.begun_at.is_not(None), 1), else_=0)
        claimed = (
            update(deliveries)
            .where(deliveries.c.id.in_(self._first_of_each(now, limit)))
            .values(
                holder=holder,
                leased_until=now + lease,
                attempts=deliveries.c.attempts + 1,
                repeats=deliveries.c.repeats + again,
                begun_at=None,
            )
            .returning(*_CLAIMED)
        )
        found = [_claimed(row) for row in await self._connection.execute(claimed)]
        return sorted(found, key=lambda each: (each.due_at, each.id.int))

    def _first_of_each(self, now: datetime, limit: int) -> Select[Any]:
        """The longest due of each wave in turn, through the index and no further than needed."""
        sending = _sending(now).subquery("sending")
        first = (
            select(deliveries.c.id, deliveries.c.due_at)
            .where(deliveries.c.wave == sending.c.key, _due(now))
            .correlate(sending)
            .order_by(deliveries.c.due_at, deliveries.c.id)
            .limit(limit)
        )
        rows: FromClause
        on: ColumnElement[bool]
        if self._connection.dialect.name == "postgresql":
            rows, on = first.with_for_update(skip_locked=True).lateral("due"), true()
        else:
            rows = deliveries.alias("due")
            on = rows.c.id.in_(first.with_only_columns(deliveries.c.id).scalar_subquery())
        place = func.row_number().over(
            partition_by=sending.c.key, order_by=(rows.c.due_at, rows.c.id)
        )
        ranked = select(rows.c.id, rows.c.due_at, place.label("place")).select_from(
            sending.join(rows, on)
        )
        # Materialised: PostgreSQL might look a second time, and then lock others.
        in_turn = ranked.cte("in_turn").prefix_with("MATERIALIZED", dialect="postgresql")
        return (
            select(in_turn.c.id)
            .order_by(in_turn.c.place, in_turn.c.due_at, in_turn.c.id)
            .limit(limit)
        )

    async def begin(
        self, holder: UUID, wanted: Collection[UUID], *, now: datetime
    ) -> Collection[UUID]:
        if not wanted:
            return ()
        mine = and_(
            deliveries.c.id.in_(wanted),
            deliveries.c.holder == holder,
            deliveries.c.leased_until > now,
            deliveries.c.begun_at.is_(None),
            UNSENT,
        )
        pausing = exists().where(
            pauses.c.begins_at <= now, or_(pauses.c.ends_at.is_(None), pauses.c.ends_at > now)
        )
        begun = await self._connection.scalars(
            update(deliveries)
            .where(
                mine,
                deliveries.c.repeats <= MOST_REPEATS,
                deliveries.c.wave.in_(_sending(now)),
                ~pausing,
                _wanted(),
            )
            .values(begun_at=now)
            .returning(deliveries.c.id)
        )
        found = set(begun)
        if len(found) < len(wanted):
            await self._let_go(mine, now)
        return found

    async def _let_go(self, mine: ColumnElement[bool], now: datetime) -> None:
        """What nobody wants by now is dropped; it has not been sent again, if ever."""
        over = deliveries.c.wave.in_(select(waves.c.key).where(waves.c.state.in_(_ENDED)))
        dropped = await self._connection.scalars(
            update(deliveries)
            .where(mine, or_(over, ~_wanted()))
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
        by_id = {each.delivery: each for each in settled}
        kept = await _SETTLE.run(
            self._connection,
            [_settling(by_id[each]) for each in sorted(by_id, key=_number)],
            now=now,
            holder=holder,
        )
        told = {_uuid(of): (number, by_id[_uuid(each)]) for each, of, number in kept}
        await _INVITED.run(
            self._connection,
            [_inviting(each, *told[each], now) for each in sorted(told, key=_number)],
        )
        if unsent := [each for each, (_, how) in told.items() if _stayed(how)]:
            await give_back(self._connection, unsent)

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
                deliveries.c.wave.in_(_sending(now)),
                deliveries.c.hold == hold.value,
                deliveries.c.due_at > now,
            )
            .values(due_at=now)
        )

    async def depth(self, *, now: datetime) -> tuple[int, datetime | None]:
        sending = _sending(now).subquery()
        mine = deliveries.c.wave == sending.c.key, UNSENT, deliveries.c.due_at <= now
        number, oldest = (
            select(each).where(*mine).correlate(sending).scalar_subquery()
            for each in (func.count(), func.min(deliveries.c.due_at))
        )
        waves_ = await self._connection.execute(select(number, oldest).select_from(sending))
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
                deliveries.c.wave.in_(select(waves.c.key).where(waves.c.state.in_(_TAKING))),
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
            may |= {_uuid(row[0]) for row in taken}
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


def _sending(now: datetime) -> Select[Any]:
    """Keys of the waves whose messages may leave."""
    return (
        select(waves.c.key)
        .join(campaigns, campaigns.c.key == waves.c.campaign)
        .where(
            waves.c.state == WaveState.OPEN.value,
            campaigns.c.state == CampaignState.RUNNING.value,
            waves.c.closes_at > now,
            ~exists().where(installation.c.held_at.is_not(None)),
        )
    )


def _due(now: datetime) -> ColumnElement[bool]:
    """Due, and nobody's by now."""
    free = or_(deliveries.c.leased_until.is_(None), deliveries.c.leased_until <= now)
    return and_(UNSENT, deliveries.c.due_at <= now, free)


def _wanted() -> ColumnElement[bool]:
    """Whether the message is still to be sent: its invitation needs it, its person may be asked."""
    reminding = and_(deliveries.c.number > 0, invitations.c.state.in_(_SENT))
    return (
        exists()
        .where(
            invitations.c.id == deliveries.c.invitation,
            people.c.id == invitations.c.person,
            people.c.ended_at.is_(None),
            people.c.opted_out_at.is_(None),
            or_(invitations.c.state.in_(_TO_SEND), reminding),
        )
        .correlate(deliveries)
    )


def _settling(each: Settled) -> tuple[Any, ...]:
    return (
        each.delivery,
        _value(each.outcome),
        each.reason,
        _value(each.channel),
        each.due_at,
        _value(each.hold),
        int(each.failed),
        int(each.in_doubt),
    )


def _inviting(invitation: UUID, number: int, each: Settled, now: datetime) -> tuple[Any, ...]:
    sent = each.outcome is Outcome.SENT
    return (
        invitation,
        _value(each.state),
        each.reason or _value(each.hold),
        _value(each.channel) if sent else None,
        now if sent else None,
        each.message_id,
        int(sent and number > 0),
    )


def _stayed(each: Settled) -> bool:
    """Whether this message is known not to have left."""
    return each.outcome is not Outcome.SENT and not each.in_doubt


def _value(word: Any) -> str | None:
    return None if word is None else word.value


def _uuid(kept: Any) -> UUID:
    """As the drivers give it: text on SQLite."""
    return UUID(kept) if isinstance(kept, str) else UUID(bytes=kept.bytes)


def _number(each: UUID) -> int:
    """In one order everywhere, as databases have it too; an UUID itself compares slowly."""
    return each.int


def _claimed(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        wave=row.wave,
        invitation=row.invitation,
        number=row.number,
        due_at=row.due_at,
        attempts=row.attempts,
        repeats=row.repeats,
        failures=row.failures,
        hold=HoldReason(row.hold) if row.hold else None,
    )


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
