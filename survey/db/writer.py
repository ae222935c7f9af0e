"""The writer of the hot path: one task, one transaction for whatever is queued.

It never waits for more to come: while one batch is being written, the next one gathers by itself.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Protocol, Self

import structlog

from survey.db.batch import Asking, KeepUpdates, Op, Outcome, SettleUpdate, batch
from survey.db.batch_postgres import PostgresBatches
from survey.db.batch_sqlite import SqliteBatches
from survey.db.engine import Database
from survey.domain.records import InboxRow, Receipt, ShownTurn, Step, Submission, UpdateKey
from survey.errors import Busy, FeedbackError, WriteFailed
from survey.ports import Ids

BATCH: Final = 256
"""Most ops in one transaction."""

QUEUE: Final = 10_000
"""Most ops that may wait; more are told to come back."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Pending:
    op: Op
    answer: asyncio.Future[Outcome]


class _Batches(Protocol):
    """One database's way to do a batch in one transaction."""

    @property
    def guessing(self) -> bool:
        """Whether to begin with a guess, to save trips."""

    async def do(self, batch: Asking[list[Outcome]], /) -> list[Outcome]: ...
    async def close(self) -> None: ...


class SqlWriter:
    """Implements `survey.ports.Writer`. Enter it to start, leave it to drain and stop."""

    def __init__(self, database: Database, ids: Ids) -> None:
        on_sqlite = database.dialect == "sqlite"
        self._batches: _Batches = (SqliteBatches if on_sqlite else PostgresBatches)(database)
        self._ids = ids
        self._queue: deque[_Pending] = deque()
        self._arrived = asyncio.Event()
        self._open = False
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._tasks.create_task(self._serve())
        self._open = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take no more, and write what is queued, whatever ended the block."""
        self._open = False
        self._arrived.set()
        try:
            await self._tasks.__aexit__(None, None, None)
        finally:
            await self._batches.close()

    async def submit(self, op: Submission) -> Receipt:
        receipt = await self._durable(op)
        if receipt is None:
            raise WriteFailed("a submission without a receipt")
        return receipt

    async def apply(self, op: Step) -> Receipt | None:
        return await self._durable(op)

    async def shown(self, op: ShownTurn) -> None:
        await self._durable(op)

    async def keep(self, rows: Sequence[InboxRow]) -> None:
        if rows:
            await self._durable(KeepUpdates(tuple(rows)))

    async def settle(self, key: UpdateKey) -> None:
        await self._durable(SettleUpdate(key))

    async def _durable(self, op: Op) -> Receipt | None:
        """The caller may give up waiting; the op is written all the same."""
        if not self._open:
            raise Busy("the writer is stopped")
        if len(self._queue) >= QUEUE:
            raise Busy("the writer's queue is full")
        pending = _Pending(op, asyncio.get_running_loop().create_future())
        self._queue.append(pending)
        self._arrived.set()
        outcome = await pending.answer
        if isinstance(outcome, FeedbackError):
            raise outcome
        return outcome

    async def _serve(self) -> None:
        while self._open or self._queue:
            if not self._queue:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            queued = [self._queue.popleft() for _ in range(min(len(self._queue), BATCH))]
            outcomes = await self._write([pending.op for pending in queued])
            for pending, outcome in zip(queued, outcomes, strict=True):
                if not pending.answer.done():
                    pending.answer.set_result(outcome)

    async def _write(self, ops: Sequence[Op]) -> list[Outcome]:
        """All at once; where that fails, one by one, so that only what is bad fails."""
        try:
            return await self._transaction(ops)
        except Exception as error:  # each caller gets an answer, whatever went wrong
            _log.warning("batch_failed", ops=len(ops), error=_kind(error))
        outcomes: list[Outcome] = []
        for op in ops:
            try:
                outcomes += await self._transaction([op], again=True)
            except Busy as busy:
                # The database is away: the rest would only wait for the same answer.
                outcomes += [busy] * (len(ops) - len(outcomes))
                break
            except Exception as error:
                # Not chained: a database's text can hold what somebody answered.
                _log.error("write_failed", error=_kind(error))
                outcomes.append(WriteFailed(_kind(error)))
        return outcomes

    async def _transaction(self, ops: Sequence[Op], *, again: bool = False) -> list[Outcome]:
        asking = batch(ops, self._ids, again=again, guessing=self._batches.guessing)
        return await self._batches.do(asking)


def _kind(error: Exception) -> str:
    """What failed, by the name of the error and of the driver's behind it; never its text."""
    inner = getattr(error, "orig", None)
    return f"{type(error).__name__} {type(inner).__name__}" if inner else type(error).__name__
