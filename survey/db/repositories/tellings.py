"""Messages to reporters: claimed, begun, sent, settled; as those of campaigns, without waves.

A message that was begun and not settled when its lease ended may have been sent. Whoever claims it
next counts that up.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, case, exists, func, or_, select, true, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.statements import insert
from survey.db.tables import UNTOLD, tellings
from survey.domain.campaign import ChannelName
from survey.domain.case_records import Telling, TellingKind
from survey.domain.waves import Outcome
from survey.ports.cases import Told

_PLAIN: Final = tuple(
    name for name in Telling.__slots__ if name not in ("kind", "outcome", "channel")
)


class SqlTellings:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, new: Sequence[Telling]) -> None:
        if new:
            await self._connection.execute(
                insert(self._connection, tellings).on_conflict_do_nothing(
                    index_elements=["case", "entry", "receiver", "part"]
                ),
                [_values(each) for each in new],
            )

    async def any_due(self, *, now: datetime) -> bool:
        due = exists().where(UNTOLD, tellings.c.due_at <= now, _free(now))
        return bool(await self._connection.scalar(select(due)))

    async def depth(self, *, now: datetime) -> tuple[int, datetime | None]:
        due = select(func.count(), func.min(tellings.c.due_at)).where(
            UNTOLD, tellings.c.due_at <= now
        )
        number, oldest = (await self._connection.execute(due)).one()
        return number, oldest

    async def claim(
        self, holder: UUID, *, now: datetime, limit: int, lease: timedelta
    ) -> Sequence[Telling]:
        first = (
            select(tellings.c.receiver)
            .where(UNTOLD, tellings.c.due_at <= now, _free(now))
            .group_by(tellings.c.receiver)
            .order_by(func.min(tellings.c.due_at), tellings.c.receiver)
            .limit(limit)
        )
        begun = case((tellings.c.begun_at.is_not(None), 1), else_=0)
        rows = await self._connection.execute(
            update(tellings)
            .where(UNTOLD, _free(now), tellings.c.receiver.in_(first))
            .values(
                holder=holder,
                leased_until=now + lease,
                repeats=tellings.c.repeats + begun,
                begun_at=None,
            )
            .returning(tellings)
        )
        return sorted(map(_telling, rows), key=_place)

    async def begin(
        self, holder: UUID, wanted: Collection[UUID], *, now: datetime, until: datetime
    ) -> Collection[UUID]:
        found = await self._connection.scalars(
            update(tellings)
            .where(
                tellings.c.id.in_(sorted(wanted)),
                tellings.c.holder == holder,
                tellings.c.leased_until > now,
                UNTOLD,
            )
            .values(begun_at=now, leased_until=until)
            .returning(tellings.c.id)
        )
        return set(found)

    async def settle(self, holder: UUID, told: Collection[Told], *, now: datetime) -> None:
        for each in sorted(told, key=lambda one: one.telling):
            await self._settle(holder, each, now)

    async def by_message(self, receiver: str, message: int) -> Telling | None:
        chosen = (
            select(tellings)
            .where(tellings.c.receiver == receiver, tellings.c.message_id == message)
            .order_by(tellings.c.settled_at.desc(), tellings.c.id)
        )
        rows = (await self._connection.execute(chosen)).all()
        return _telling(rows[0]) if len({row.case for row in rows}) == 1 else None

    async def of_case(self, of: UUID) -> Sequence[Telling]:
        chosen = select(tellings).where(tellings.c.case == of)
        return sorted(map(_telling, await self._connection.execute(chosen)), key=_place)

    async def last_told(self, receiver: str) -> datetime | None:
        chosen = select(func.max(tellings.c.settled_at)).where(
            tellings.c.receiver == receiver, tellings.c.outcome == Outcome.SENT.value
        )
        told: datetime | None = await self._connection.scalar(chosen)
        return told

    async def sent_since(
        self, receiver: str, *, since: datetime, now: datetime, kind: TellingKind | None = None
    ) -> Sequence[datetime]:
        # What is told with one message is settled at one moment, and begun at one.
        sent = select(tellings.c.settled_at.label("at")).where(
            tellings.c.receiver == receiver,
            tellings.c.outcome == Outcome.SENT.value,
            tellings.c.settled_at > since,
        )
        begun = select(tellings.c.begun_at.label("at")).where(
            UNTOLD,
            tellings.c.receiver == receiver,
            tellings.c.begun_at.is_not(None),
            tellings.c.leased_until > now,
        )
        if kind is not None:
            sent, begun = (each.where(tellings.c.kind == kind.value) for each in (sent, begun))
        return sorted(await self._connection.scalars(union(sent, begun)))

    async def _settle(self, holder: UUID, each: Told, now: datetime) -> None:
        # What was sent need not be sent by whoever claimed it since then.
        mine = true() if each.outcome is Outcome.SENT else tellings.c.holder == holder
        values: dict[str, Any] = {"holder": None, "leased_until": None, "begun_at": None}
        if each.outcome is not None:
            values |= {
                "settled_at": now,
                "outcome": each.outcome.value,
                "reason": each.reason,
                "channel": each.channel.value if each.channel else None,
                "message_id": each.message_id,
            }
        else:
            values |= {"due_at": each.due_at or now}
        if each.failed:
            values["failures"] = tellings.c.failures + 1
        if each.in_doubt:
            values["repeats"] = tellings.c.repeats + 1
        await self._connection.execute(
            update(tellings).where(tellings.c.id == each.telling, UNTOLD, mine).values(**values)
        )


def _free(now: datetime) -> Any:
    return or_(tellings.c.leased_until.is_(None), tellings.c.leased_until <= now)


def _values(telling: Telling) -> dict[str, Any]:
    return {
        **{name: getattr(telling, name) for name in _PLAIN},
        "kind": telling.kind.value,
        "outcome": telling.outcome.value if telling.outcome else None,
        "channel": telling.channel.value if telling.channel else None,
    }


def _telling(row: Row[Any]) -> Telling:
    return Telling(
        **{name: getattr(row, name) for name in _PLAIN},
        kind=TellingKind(row.kind),
        outcome=Outcome(row.outcome) if row.outcome else None,
        channel=ChannelName(row.channel) if row.channel else None,
    )


def _place(telling: Telling) -> tuple[datetime, int, int, int]:
    return telling.due_at, telling.entry, telling.part, telling.id.int
