"""The way of a message through the outbox, in as few and as short statements as that takes.

A campaign is tens of thousands of them, each claimed, begun and settled. Statements are therefore
built once, values go as they are kept, and what becomes of a message and of its invitation is one
set of rows.
"""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    FromClause,
    Integer,
    Row,
    Select,
    String,
    Update,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import NullType

from survey.db.sets import Many
from survey.db.tables import (
    UNSENT,
    campaigns,
    deliveries,
    installation,
    invitations,
    pauses,
    people,
    waves,
)
from survey.db.types import UtcDateTime
from survey.domain.campaign import CampaignState
from survey.domain.waves import MOST_REPEATS, Delivery, HoldReason, InvitationState, WaveState
from survey.ports.campaigns import Settled

_TO_SEND: Final = (InvitationState.WAITING.value, InvitationState.HELD.value)
_SENT: Final = tuple(state.value for state in InvitationState if state.may_be_reminded)

_NOW: Final = bindparam("now", type_=UtcDateTime())
_UNTIL: Final = bindparam("until", type_=UtcDateTime())
_WHO: Final = bindparam("who", type_=Uuid())
_MOST: Final = bindparam("most", type_=Integer())

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
_IN_TURN: Final = itemgetter(4, 0)
"""By when it is due, then by id: as text on SQLite, where both are in the same order."""


def sending(now: datetime | ColumnElement[datetime] = _NOW) -> Select[Any]:
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


def wanted() -> ColumnElement[bool]:
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


# --- looking ---


async def any_due(connection: AsyncConnection, *, now: datetime) -> bool:
    """Whether a message may be claimed."""
    found = await connection.scalars(_first_due(), {"now": now})
    return any(each is not None for each in found)


@cache
def _first_due() -> Select[Any]:
    # Wave by wave, through the index: PostgreSQL would look at all that is to come instead.
    of = sending().subquery()
    first = (
        select(type_coerce(deliveries.c.id, NullType()))
        .where(deliveries.c.wave == of.c.key, _due())
        .correlate(of)
        .order_by(deliveries.c.due_at, deliveries.c.id)
        # As it is written: of a number yet to come PostgreSQL thinks it a tenth of all messages,
        # and the more are to come the rather makes a plan anew each time.
        .limit(literal_column("1"))
        .scalar_subquery()
    )
    return select(first).select_from(of)


def _due() -> ColumnElement[bool]:
    """Due, and nobody's by now."""
    free = or_(deliveries.c.leased_until.is_(None), deliveries.c.leased_until <= _NOW)
    return and_(UNSENT, deliveries.c.due_at <= _NOW, free)


# --- claiming ---


async def claim(
    connection: AsyncConnection, holder: UUID, *, now: datetime, limit: int, lease: timedelta
) -> Sequence[Delivery]:
    """Lease them, the longest due first. One that was begun before counts a repeat."""
    rows = await connection.execute(
        _claiming(connection.dialect.name),
        {"now": now, "until": now + lease, "who": holder, "most": limit},
    )
    moments: dict[Any, datetime] = {}
    return [_claimed(row, moments) for row in sorted(rows, key=_IN_TURN)]


@cache
def _claiming(dialect: str) -> Update:
    again = case((deliveries.c.begun_at.is_not(None), 1), else_=0)
    return (
        update(deliveries)
        .where(deliveries.c.id.in_(_first_of_each(dialect)))
        .values(
            holder=_WHO,
            leased_until=_UNTIL,
            attempts=deliveries.c.attempts + 1,
            repeats=deliveries.c.repeats + again,
            begun_at=None,
        )
        .returning(*(type_coerce(each, NullType()) for each in _CLAIMED))
    )


def _first_of_each(dialect: str) -> Select[Any]:
    """The longest due of each wave in turn, through the index and no further than needed."""
    of = sending().subquery("sending")
    first = (
        select(deliveries.c.id, deliveries.c.due_at)
        .where(deliveries.c.wave == of.c.key, _due())
        .correlate(of)
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(_MOST)
    )
    rows: FromClause
    on: ColumnElement[bool]
    if dialect == "postgresql":
        rows, on = first.with_for_update(skip_locked=True).lateral("due"), true()
    else:
        rows = deliveries.alias("due")
        on = rows.c.id.in_(first.with_only_columns(deliveries.c.id).scalar_subquery())
    place = func.row_number().over(partition_by=of.c.key, order_by=(rows.c.due_at, rows.c.id))
    ranked = select(rows.c.id, rows.c.due_at, place.label("place")).select_from(of.join(rows, on))
    # Materialised: PostgreSQL might look a second time, and then lock others.
    in_turn = ranked.cte("in_turn").prefix_with("MATERIALIZED", dialect="postgresql")
    return (
        select(in_turn.c.id).order_by(in_turn.c.place, in_turn.c.due_at, in_turn.c.id).limit(_MOST)
    )


def _claimed(row: Row[Any], moments: dict[Any, datetime]) -> Delivery:
    """`moments` are those read before: most messages of a wave are due at one."""
    id_, wave, invitation, number, due_at, attempts, repeats, failures, hold = tuple(row)
    at = moments.get(due_at)
    if at is None:
        at = moments[due_at] = _moment(due_at)
    return Delivery(
        id=uuid_of(id_),
        wave=wave,
        invitation=uuid_of(invitation),
        number=number,
        due_at=at,
        attempts=attempts,
        repeats=repeats,
        failures=failures,
        hold=HoldReason(hold) if hold else None,
    )


def _moment(kept: Any) -> datetime:
    """As the drivers give it: text on SQLite."""
    at: datetime = datetime.fromisoformat(kept) if isinstance(kept, str) else kept
    return at.replace(tzinfo=UTC)


def uuid_of(kept: Any) -> UUID:
    """As the drivers give it: text on SQLite; PostgreSQL's has a class of its own, made faster."""
    known: UUID = UUID(kept) if isinstance(kept, str) else kept
    return known


# --- beginning ---


async def begin(
    connection: AsyncConnection, holder: UUID, ids: Collection[UUID], *, now: datetime
) -> Collection[UUID]:
    """Note that these are about to be sent; those of them that may be."""
    dialect = connection.dialect.name
    begun = await connection.scalars(
        _beginning(dialect), {"now": now, "who": holder, "these": _these(dialect, ids)}
    )
    if dialect == "postgresql":
        return set(begun)
    by_text = {each.hex: each for each in ids}
    return {by_text[each] for each in begun}


@cache
def _beginning(dialect: str) -> Update:
    return (
        update(deliveries)
        .where(
            _one_of_these(dialect),
            deliveries.c.holder == _WHO,
            deliveries.c.leased_until > _NOW,
            deliveries.c.begun_at.is_(None),
            UNSENT,
            deliveries.c.repeats <= MOST_REPEATS,
            _of_a_wave_that_is_sending(dialect),
            ~_pausing(),
            wanted(),
        )
        .values(begun_at=_NOW)
        .returning(type_coerce(deliveries.c.id, NullType()))
    )


def _pausing() -> ColumnElement[bool]:
    return exists().where(
        pauses.c.begins_at <= _NOW, or_(pauses.c.ends_at.is_(None), pauses.c.ends_at > _NOW)
    )


async def stopped(
    connection: AsyncConnection, invitation: UUID, number: int, *, now: datetime
) -> bool:
    """Whether a message that was begun is not to leave any more."""
    found = await connection.scalar(
        _stopped(connection.dialect.name), {"now": now, "of": invitation, "which": number}
    )
    return found is not None


@cache
def _stopped(dialect: str) -> Select[Any]:
    going = and_(_of_a_wave_that_is_sending(dialect), ~_pausing(), wanted())
    return select(deliveries.c.id).where(
        deliveries.c.invitation == bindparam("of", type_=Uuid()),
        deliveries.c.number == bindparam("which", type_=Integer()),
        ~going,
    )


def _these(dialect: str, ids: Collection[UUID]) -> Any:
    return list(ids) if dialect == "postgresql" else json.dumps([each.hex for each in ids])


def _one_of_these(dialect: str) -> ColumnElement[bool]:
    """A statement that names each of them would be another for each number of them."""
    if dialect == "postgresql":
        return deliveries.c.id == any_(bindparam("these", type_=ARRAY(Uuid)))
    each = func.json_each(bindparam("these", type_=String())).table_valued("value")
    return deliveries.c.id.in_(select(each.c.value))


def _of_a_wave_that_is_sending(dialect: str) -> ColumnElement[bool]:
    """Asked once: PostgreSQL would rather go through all that is to be sent of those waves."""
    if dialect == "postgresql":
        return deliveries.c.wave == any_(func.array(sending().scalar_subquery()))
    return deliveries.c.wave.in_(sending())


# --- settling ---

_SETTLED: Final = (
    "UPDATE deliveries SET"
    " settled_at = CASE WHEN new.outcome IS NULL THEN NULL ELSE {now} END,"
    " outcome = new.outcome, reason = new.reason, channel = new.channel, hold = new.hold,"
    " due_at = coalesce(new.due_at, deliveries.due_at),"
    " failures = deliveries.failures + coalesce(new.failed, 0),"
    " begun_at = CASE WHEN new.outcome IS NULL AND new.in_doubt IS NULL THEN NULL"
    " ELSE deliveries.begun_at END,"
    " holder = NULL, leased_until = NULL"
    " FROM {rows} WHERE deliveries.id = new.id"
)
_STILL_MINE: Final = (
    " AND deliveries.settled_at IS NULL AND (deliveries.holder = {holder} OR new.outcome = 'sent')"
)
_TOLD: Final = (
    "UPDATE invitations AS had SET"
    # A message that was snoozed has been delivered once, whatever becomes of the second.
    " state = CASE WHEN had.state NOT IN ('waiting', 'held') OR new.state IS NULL THEN had.state"
    " WHEN new.state IN ('blocked', 'failed', 'skipped') AND had.sent_at IS NOT NULL"
    " THEN 'delivered'"
    " ELSE new.state END,"
    " reason = CASE WHEN had.state IN ('waiting', 'held') AND new.state IS NOT NULL"
    " THEN coalesce(new.reason, new.hold) ELSE had.reason END,"
    " channel = CASE WHEN new.outcome = 'sent' THEN coalesce(new.channel, had.channel)"
    " ELSE had.channel END,"
    " sent_at = CASE WHEN new.outcome = 'sent' THEN coalesce(had.sent_at, {now})"
    " ELSE had.sent_at END,"
    " message_id = coalesce(new.message_id, had.message_id),"
    " reminders = had.reminders + CASE WHEN new.outcome = 'sent' AND {number} > 0 THEN 1 ELSE 0 END"
)

_SETTLE: Final = Many(
    (
        Column("id", Uuid),
        Column("outcome", String(12)),
        Column("reason", String(64)),
        Column("state", String(12)),
        Column("channel", String(12)),
        Column("message_id", invitations.c.message_id.type),
        Column("due_at", UtcDateTime),
        Column("hold", String(64)),
        Column("failed", Integer),
        Column("in_doubt", Integer),
    ),
    # SQLite changes one table a statement: the invitations first, while it is still seen whose.
    _TOLD.replace("{number}", "deliveries.number")
    + " FROM {rows}, deliveries WHERE deliveries.id = new.id AND had.id = deliveries.invitation"
    + _STILL_MINE,
    _SETTLED + _STILL_MINE,
    on_postgresql=f"WITH new AS ({_SETTLED}{_STILL_MINE}"
    " RETURNING deliveries.invitation, deliveries.number, new.outcome, new.reason, new.state,"
    " new.channel, new.message_id, new.hold) "
    + _TOLD.replace("{number}", "new.number")
    + " FROM new WHERE had.id = new.invitation",
    now=UtcDateTime(),
    holder=Uuid(),
)


async def settle(
    connection: AsyncConnection, holder: UUID, settled: Collection[Settled], *, now: datetime
) -> None:
    """Keep what became of them; of those that another has claimed since, only what was sent."""
    by_number = {each.delivery.int: each for each in settled}
    # In one order everywhere: two processes then never wait for each other's rows.
    rows = [_row(by_number[number]) for number in sorted(by_number)]
    await _SETTLE.run(connection, rows, now=now, holder=holder)


def _row(each: Settled) -> tuple[Any, ...]:
    return (
        each.delivery,
        each.outcome,
        each.reason,
        each.state,
        each.channel,
        each.message_id,
        each.due_at,
        each.hold,
        1 if each.failed else None,
        1 if each.in_doubt else None,
    )
