"""Work that one process does at a time, whichever of several it is.

The holder renews its lease while it works. One that dies stops renewing, and another takes over
after LEASE; one that was only paused finds its work ended by its own clock when it wakes, and the
lease's fence refuses what it still writes. Where one process has the database to itself, nothing
is asked and nothing is written.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

import structlog

from survey.domain.records import Lease
from survey.errors import Busy, LeaseLost
from survey.ports import Begin, Clock, UnitOfWork

LEASE: Final = timedelta(seconds=20)
RENEWAL_SECONDS: Final = 5.0

ASK_SECONDS: Final = 1.0
"""How often who waits for a lease asks for it."""

T = TypeVar("T")
_log = structlog.get_logger()


class Held:
    """What the holder of a lease may check before it writes."""

    def __init__(self, lease: Lease | None) -> None:
        self._lease = lease

    async def require(self, work: UnitOfWork) -> None:
        """Nobody else has taken over, and nobody can until this transaction ends.

        Raises: LeaseLost.
        """
        if self._lease and not await work.leases.is_held(self._lease):
            raise LeaseLost(self._lease.name)


class Leases:
    """This process among those that share the database."""

    def __init__(self, begin: Begin, clock: Clock, holder: UUID, *, shared: bool) -> None:
        """`shared`: other processes may work on the database too."""
        self._begin, self._clock = begin, clock
        self.holder, self.shared = holder, shared

    async def alone(self, name: str, work: Callable[[Held], Awaitable[T]]) -> T:
        """Wait until nobody else does work of this name, then do it.

        Raises: LeaseLost where somebody else took over meanwhile; and what the work raises.
        """
        if not self.shared:
            return await work(Held(None))
        lease, ends = await self._wait_for(name)
        failure: Exception | None = None
        try:
            async with asyncio.timeout_at(ends) as limit, asyncio.TaskGroup() as tasks:
                renewing = tasks.create_task(self._renew(lease, limit))
                try:
                    done = await work(Held(lease))
                except Exception as error:
                    failure = error
                renewing.cancel()
        except TimeoutError:
            _log.warning("lease_lost", name=name)
            raise LeaseLost(name) from None
        finally:
            await self._release(lease)
        if failure is not None:
            raise failure
        return done

    async def _wait_for(self, name: str) -> tuple[Lease, float]:
        """The lease, and when it ends by the event loop's clock at the earliest."""
        while True:
            asked = asyncio.get_running_loop().time()
            try:
                async with self._begin() as work:
                    now = await self._clock.lease_now(work.leases)
                    lease = await work.leases.take(name, self.holder, now=now, until=now + LEASE)
                    await work.commit()
            except Busy:
                lease = None
            if lease is not None:
                return lease, asked + LEASE.total_seconds()
            await asyncio.sleep(ASK_SECONDS)

    async def _renew(self, lease: Lease, limit: asyncio.Timeout) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(RENEWAL_SECONDS)
            asked = loop.time()
            try:
                async with self._begin() as work:
                    now = await self._clock.lease_now(work.leases)
                    kept = await work.leases.renew(lease, until=now + LEASE)
                    await work.commit()
            except Busy:
                continue
            if limit.expired():
                return
            limit.reschedule(asked + LEASE.total_seconds() if kept else asked)

    async def _release(self, lease: Lease) -> None:
        """Let another have it at once; where that fails, it has it when the time is up."""
        try:
            async with self._begin() as work:
                await work.leases.renew(lease, until=await self._clock.lease_now(work.leases))
                await work.commit()
        except Busy:
            _log.warning("lease_not_released", name=lease.name)
