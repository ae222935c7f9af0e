"""The job that keeps what the tables promise: nothing stays longer than it is said to."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from survey.domain.audit import SERVICE, Note
from survey.domain.retention import Rule
from survey.ports import Begin, Clock
from survey.services.leases import Held, Leases

ROUND: Final = 500
"""Rows that are deleted in one transaction: nobody else writes meanwhile on SQLite."""

_RECORDED: Final = frozenset({"people", "accounts"})

_log = structlog.get_logger()


class Retention:
    """`after` empties the database's log, where deleted rows would still stand."""

    def __init__(
        self, begin: Begin, clock: Clock, leases: Leases, *, after: Callable[[], Awaitable[bool]]
    ) -> None:
        self._begin, self._clock, self._leases, self._after = begin, clock, leases, after
        self._clean = True

    async def forget_due(self) -> Mapping[str, int]:
        """Delete all that is past its time; how many rows of which tables it were."""
        return await self._leases.alone("retention", self._forget_due)

    async def _forget_due(self, held: Held) -> Mapping[str, int]:
        async with self._begin.read() as work:
            rules = work.retention.rules()
        found = {rule.table: await self._forget(rule, held) for rule in rules}
        deleted = {table: number for table, number in found.items() if number}
        if deleted:
            self._clean = False
            _log.info("retention_kept", **deleted)
        if not self._clean:
            self._clean = await self._after()
        return deleted

    async def _forget(self, rule: Rule, held: Held) -> int:
        """In short rounds, each kept before the next."""
        deleted, last = 0, ROUND
        while last == ROUND:
            async with self._begin() as work:
                await held.require(work)
                now = self._clock.now()
                last = await work.retention.forget(rule, now=now, limit=ROUND)
                if last and rule.table in _RECORDED:
                    note = Note(now, SERVICE, f"{rule.table}.forgotten", rule.table, {"n": last})
                    await work.audit.add(note)
                if last:
                    await work.commit()
            deleted += last
        return deleted
