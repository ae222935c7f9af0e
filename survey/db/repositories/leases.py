"""Which process does what, for a while: a person's updates, and work that one does at a time.

Whoever dies stops renewing, and another takes over when the time is up. That keeps order and saves
double work; that nothing is done twice rests on the rows themselves.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, cast, delete, func, literal, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.statements import Insert, insert
from survey.db.tables import WAITING, inbox, lanes, leases
from survey.db.types import UtcDateTime
from survey.domain.records import Lease


class SqlLanes:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim(
        self, bot: int, holder: UUID, *, now: datetime, until: datetime, limit: int
    ) -> Sequence[int]:
        taken = (
            select(null())
            .where(lanes.c.bot == inbox.c.bot, lanes.c.user == inbox.c.user, lanes.c.until > now)
            .correlate(inbox)
            .exists()
        )
        longest_wait = (
            select(
                inbox.c.bot,
                inbox.c.user,
                literal(holder, type_=lanes.c.holder.type),
                literal(until, type_=UtcDateTime()),
            )
            .where(WAITING, inbox.c.bot == bot, ~taken)
            .group_by(inbox.c.bot, inbox.c.user)
            .order_by(func.min(inbox.c.received_at), inbox.c.user)
            .limit(limit)
        )
        columns = ["bot", "user", "holder", "until"]
        claimed = insert(self._connection, lanes).from_select(columns, longest_wait)
        return await self._taken(claimed, now)

    async def take(
        self, bot: int, user: int, holder: UUID, *, now: datetime, until: datetime
    ) -> bool:
        row = {"bot": bot, "user": user, "holder": holder, "until": until}
        return bool(await self._taken(insert(self._connection, lanes).values(row), now))

    async def _taken(self, claimed: Insert, now: datetime) -> Sequence[int]:
        """Those that were free, or whose holder's time is up."""
        statement = claimed.on_conflict_do_update(
            index_elements=lanes.primary_key,
            set_={"holder": claimed.excluded.holder, "until": claimed.excluded.until},
            where=lanes.c.until <= now,
        ).returning(lanes.c.user)
        return (await self._connection.scalars(statement)).all()

    async def renew(
        self, bot: int, holder: UUID, users: Collection[int], *, until: datetime
    ) -> Collection[int]:
        if not users:
            return ()
        return (
            await self._connection.scalars(
                update(lanes)
                .where(lanes.c.bot == bot, lanes.c.holder == holder, lanes.c.user.in_(users))
                .values(until=until)
                .returning(lanes.c.user)
            )
        ).all()

    async def release(self, bot: int, holder: UUID, users: Collection[int]) -> None:
        if users:
            await self._connection.execute(
                delete(lanes).where(
                    lanes.c.bot == bot, lanes.c.holder == holder, lanes.c.user.in_(users)
                )
            )

    async def forget(self, *, before: datetime) -> None:
        await self._connection.execute(delete(lanes).where(lanes.c.until < before))


class SqlLeases:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def now(self) -> datetime | None:
        if self._connection.dialect.name != "postgresql":
            return None
        # Not now(), which stands still at the beginning of the transaction.
        time = cast(func.clock_timestamp(), DateTime(timezone=True))
        found: datetime = (await self._connection.execute(select(time))).scalar_one()
        return found

    async def take(
        self, name: str, holder: UUID, *, now: datetime, until: datetime
    ) -> Lease | None:
        offered = insert(self._connection, leases).values(
            name=name, holder=holder, fence=1, until=until
        )
        statement = offered.on_conflict_do_update(
            index_elements=leases.primary_key,
            set_={"holder": holder, "fence": leases.c.fence + 1, "until": until},
            where=leases.c.until <= now,
        ).returning(leases.c.fence)
        fence = await self._connection.scalar(statement)
        return None if fence is None else Lease(name, holder, fence, until)

    async def renew(self, lease: Lease, *, until: datetime) -> bool:
        kept = await self._connection.scalar(
            update(leases)
            .where(leases.c.name == lease.name, leases.c.fence == lease.fence)
            .values(until=until)
            .returning(leases.c.fence)
        )
        return kept is not None

    async def is_held(self, lease: Lease) -> bool:
        fence = await self._connection.scalar(
            select(leases.c.fence).where(leases.c.name == lease.name).with_for_update()
        )
        return fence == lease.fence

    async def get(self, name: str) -> Lease | None:
        row = (await self._connection.execute(select(leases).where(leases.c.name == name))).first()
        return Lease(row.name, row.holder, row.fence, row.until) if row else None

    async def note(self, name: str, holder: UUID, *, at: datetime) -> None:
        noted = insert(self._connection, leases).values(name=name, holder=holder, fence=0, until=at)
        await self._connection.execute(
            noted.on_conflict_do_update(
                index_elements=leases.primary_key, set_={"holder": holder, "until": at}
            )
        )
