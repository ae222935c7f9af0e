"""When a bot's next message may leave, over all processes that send for it."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.statements import insert_or_ignore
from survey.db.tables import paces


class SqlPaces:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def take(self, bot: int, *, now: datetime, count: int, apart: timedelta) -> datetime:
        free = await self._locked(bot, now)
        first = max(free, now)
        await self._connection.execute(
            update(paces).where(paces.c.bot == bot).values(next_at=first + count * apart)
        )
        return first

    async def block(self, bot: int, *, until: datetime) -> None:
        await self._locked(bot, until)
        earlier = or_(paces.c.blocked_until.is_(None), paces.c.blocked_until < until)
        await self._connection.execute(
            update(paces).where(paces.c.bot == bot, earlier).values(blocked_until=until)
        )

    async def blocked_until(self, bot: int) -> datetime | None:
        until: datetime | None = await self._connection.scalar(
            select(paces.c.blocked_until).where(paces.c.bot == bot)
        )
        return until

    async def _locked(self, bot: int, at: datetime) -> datetime:
        """When the next slot is; nobody else reserves one until the end of the transaction."""
        chosen = select(paces.c.next_at).where(paces.c.bot == bot).with_for_update()
        found: datetime | None = await self._connection.scalar(chosen)
        if found is not None:
            return found
        await self._connection.execute(
            insert_or_ignore(self._connection, paces), {"bot": bot, "next_at": at}
        )
        free: datetime = (await self._connection.execute(chosen)).scalar_one()
        return free
