"""Batches on PostgreSQL: one connection of the writer's own, few statements, each for all ops.

A batch is one statement that locks, reads and writes on condition. Where the condition does not
hold, and where ops depend on each other, it is BEGIN, one that locks and reads, one that writes,
COMMIT; with idempotency keys one more. Sets travel as one array a column.

The parts of a statement run in an order that is PostgreSQL's own but the same for the same parts,
and each meets its rows sorted: that keeps two processes from waiting for each other in a circle.
Should a version of it choose otherwise, it finds the deadlock, and the writer tries again.
"""

# ruff: noqa: S608 (SQL of fixed parts; the names in it are those of the tables)

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final

import asyncpg

from survey.db.batch import (
    MAY_ANSWER,
    TAKES_ANSWERS,
    Asking,
    Claim,
    ConversationChange,
    Facts,
    Guess,
    Holder,
    Look,
    Outcome,
    Question,
    Write,
)
from survey.db.engine import Database, unreachable_is_busy
from survey.db.repositories.chats import EMPTIED
from survey.db.sets import FITS, ArrayInsert, ArraySet
from survey.db.statements import literal
from survey.db.tables import (
    conversations,
    counts,
    idempotency,
    inbox,
    participations,
    publication_due,
    receipts,
    responses,
    sealed,
)
from survey.domain.records import Receipt, UpdateKey

_PARAMETER: Final = re.compile(r"\$(\d+)")

# Parts of the statement that reads: each has the columns (part, id, name, x, y).
_RECEIPTS: Final = (
    "SELECT 'receipt', id, reference, NULL::bigint, NULL::bigint FROM receipts"
    " WHERE id = ANY($1::uuid[])"
)
_OPEN: Final = (
    "SELECT * FROM (SELECT 'open', NULL::uuid, key::text, NULL::bigint, NULL::bigint"
    " FROM questionnaires WHERE key = ANY($1::text[]) AND closed_at IS NULL"
    " ORDER BY key FOR SHARE) AS part"
)
_WAVES: Final = (
    "SELECT * FROM (SELECT 'wave', NULL::uuid, key::text, NULL::bigint, NULL::bigint"
    f" FROM waves WHERE key = ANY($1::text[]) AND {TAKES_ANSWERS}"
    " ORDER BY key FOR SHARE) AS part"
)
_BOXES: Final = (
    "SELECT * FROM (SELECT 'box', id, NULL::text, NULL::bigint, NULL::bigint"
    " FROM boxes WHERE id = ANY($1::uuid[]) ORDER BY id FOR KEY SHARE) AS part"
)
_WAITING: Final = (
    "SELECT * FROM (SELECT 'waiting', NULL::uuid, NULL::text, bot, update_id FROM inbox"
    " JOIN unnest($1::bigint[], $2::bigint[]) AS wanted (bot, update_id) USING (bot, update_id)"
    " WHERE payload IS NOT NULL ORDER BY bot, update_id FOR UPDATE OF inbox) AS part"
)
_INVITED: Final = (
    "SELECT * FROM (SELECT 'invited', id, NULL::text, NULL::bigint, NULL::bigint"
    f" FROM invitations WHERE id = ANY($1::uuid[]) AND {MAY_ANSWER}"
    " ORDER BY id FOR UPDATE) AS part"
)
_REVISIONS: Final = (
    "SELECT * FROM (SELECT 'revision', id, NULL::text, revision::bigint, NULL::bigint"
    " FROM conversations WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE) AS part"
)
# Which of them it is, counted from 1: each has four columns.
_TOOK_PART: Final = (
    "SELECT 'participation', NULL::uuid, NULL::text, place, NULL::bigint FROM"
    " unnest($1::text[], $2::date[], $3::text[], $4::text[]) WITH ORDINALITY"
    " AS wanted (questionnaire, month, wave, participant, place)"
    " JOIN participations USING (questionnaire, month, wave, participant)"
)
_TAKEN: Final = (
    "SELECT 'taken', NULL::uuid, reference, NULL::bigint, NULL::bigint FROM receipts"
    " WHERE reference = ANY($1::text[])"
)

# Parts of the condition of the statement that does both: how many fit, of so many.
_ALL_OPEN: Final = (
    "(SELECT count(*) FROM (SELECT FROM questionnaires WHERE key = ANY($1::text[])"
    " AND closed_at IS NULL ORDER BY key FOR SHARE) AS part) = cardinality($1)"
)
_ALL_WAVES: Final = (
    "(SELECT count(*) FROM (SELECT FROM waves WHERE key = ANY($1::text[])"
    f" AND {TAKES_ANSWERS} ORDER BY key FOR SHARE) AS part) = cardinality($1)"
)
_ALL_INVITED: Final = (
    "(SELECT count(*) FROM (SELECT FROM invitations WHERE id = ANY($1::uuid[])"
    f" AND {MAY_ANSWER} ORDER BY id FOR UPDATE) AS part) = cardinality($1)"
)
_ALL_BOXES: Final = (
    "(SELECT count(*) FROM (SELECT FROM boxes WHERE id = ANY($1::uuid[])"
    " ORDER BY id FOR KEY SHARE) AS part) = cardinality($1)"
)
_ALL_WAITING: Final = (
    "(SELECT count(*) FROM (SELECT FROM inbox"
    " JOIN unnest($1::bigint[], $2::bigint[]) AS wanted (bot, update_id) USING (bot, update_id)"
    " WHERE payload IS NOT NULL ORDER BY bot, update_id FOR UPDATE OF inbox) AS part)"
    " = cardinality($1)"
)
_ALL_AT_REVISION: Final = (
    "(SELECT count(*) FROM (SELECT FROM conversations"
    " JOIN unnest($1::uuid[], $2::integer[]) AS wanted (id, revision) USING (id, revision)"
    " ORDER BY id FOR UPDATE OF conversations) AS part) = cardinality($1)"
)

# A row that stands is written as it was: only so does the statement see what came after it began.
_CLAIM: Final = ArrayInsert(
    idempotency,
    "ON CONFLICT (scope, key) DO UPDATE SET"
    " body = CASE WHEN idempotency.accepted_at <= $6 THEN excluded.body"
    " ELSE idempotency.body END,"
    " receipt = CASE WHEN idempotency.accepted_at <= $6 THEN excluded.receipt"
    " ELSE idempotency.receipt END,"
    " accepted_at = CASE WHEN idempotency.accepted_at <= $6 THEN excluded.accepted_at"
    " ELSE idempotency.accepted_at END"
    " RETURNING scope, key, body, receipt",
)

# Parts of the statement that writes.
_INSERTS: Final[Mapping[str, ArrayInsert]] = {
    "receipts": ArrayInsert(receipts),
    "participations": ArrayInsert(participations, "ON CONFLICT DO NOTHING"),
    "once": ArrayInsert(participations),
    "sealed": ArrayInsert(sealed),
    "responses": ArrayInsert(responses),
    "counts": ArrayInsert(
        counts,
        f"ON CONFLICT ({', '.join(counts.primary_key.columns.keys())})"
        " DO UPDATE SET n = counts.n + excluded.n",
    ),
    "due": ArrayInsert(
        publication_due,
        "ON CONFLICT (questionnaire, month) DO UPDATE SET marks = publication_due.marks + 1",
    ),
    "kept": ArrayInsert(inbox, "ON CONFLICT DO NOTHING"),
}
_CHANGED: Final = ArraySet(conversations.columns[name] for name in ConversationChange._fields)
_CHANGE: Final = (
    "UPDATE conversations AS had SET"
    " revision = coalesce(new.revision, had.revision),"
    " phase = coalesce(new.phase, had.phase),"
    " draft = coalesce(new.draft, had.draft),"
    " draft_key = coalesce(new.draft_key, had.draft_key),"
    " touched_at = coalesce(new.touched_at, had.touched_at),"
    " receipt = coalesce(new.receipt, had.receipt),"
    " shown = greatest(new.shown, had.shown),"
    " message_id = CASE WHEN new.shown >= coalesce(had.shown, new.shown) THEN new.message_id"
    " ELSE had.message_id END"
    f" FROM {_CHANGED.sql} AS new ({', '.join(ConversationChange._fields)})"
    " WHERE had.id = new.id"
)
_ANSWERED: Final = (
    "UPDATE invitations SET state = 'answered', reason = NULL,"
    " mode = coalesce(invitations.mode, new.mode), response = new.response"
    " FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS new (id, mode, response)"
    " WHERE invitations.id = new.id"
)
_SETTLE: Final = (
    "UPDATE inbox SET "
    + ", ".join(f'"{name}" = {literal(value)}' for name, value in EMPTIED.items())
    + " FROM unnest($1::bigint[], $2::bigint[]) AS done (bot, update_id)"
    " WHERE inbox.bot = done.bot AND inbox.update_id = done.update_id"
)
_EXPIRE: Final = (
    "DELETE FROM idempotency WHERE (scope, key) IN (SELECT scope, key FROM idempotency"
    " WHERE accepted_at <= $1::timestamptz FOR UPDATE SKIP LOCKED)"
)

Part = tuple[str, Sequence[Any]]
"""SQL with parameters from $1, and the values for them."""


class PostgresBatches:
    """Does batches, one at a time; connects when the first comes, and again where that is lost."""

    guessing: Final = True

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: asyncpg.Connection | None = None

    async def do(self, batch: Asking[list[Outcome]]) -> list[Outcome]:
        """All of it in one transaction.

        Raises: Busy, where trying again can help; what asyncpg raises where the database refuses.
        """
        with unreachable_is_busy():
            connection = await self._connected()
            try:
                return await _drive(connection, batch)
            except BaseException:
                await self._give_up(connection)
                raise

    async def close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._database.connect_server()
        return self._connection

    async def _give_up(self, connection: asyncpg.Connection) -> None:
        """Roll back; a connection on which even that fails is of no more use."""
        try:
            await connection.execute("ROLLBACK")
        except Exception:
            connection.terminate()
            self._connection = None


async def _drive(connection: asyncpg.Connection, batch: Asking[list[Outcome]]) -> list[Outcome]:
    answer: Any = None
    begun = False
    while True:
        try:
            question = batch.send(answer)
        except StopIteration as done:
            outcomes: list[Outcome] = done.value
            break
        if isinstance(question, Guess):
            answer = await _guessed_right(connection, question)
            continue
        if not begun:
            await connection.execute("BEGIN")
            begun = True
        answer = await _answer(connection, question)
    if begun:
        await connection.execute("COMMIT")
    return outcomes


async def _guessed_right(connection: asyncpg.Connection, guess: Guess) -> bool:
    conditions, parts = _conditions(guess), _writing(guess.write, if_it_fits=True)
    try:
        right: bool = await connection.fetchval(
            _on_condition(_sql(conditions), _sql(parts)), *_values([*conditions, *parts])
        )
    except asyncpg.IntegrityConstraintViolationError:
        return False  # a reference that is taken, or what is refused in the longer way too
    return right


async def _answer(connection: asyncpg.Connection, question: Question) -> Any:
    match question:
        case Look():
            parts = _looking(question)
            rows = await connection.fetch(_union(_sql(parts)), *_values(parts))
            return _facts(rows, question)
        case Claim(rows, expired):
            standing = await connection.fetch(_CLAIM.sql, *_CLAIM.arrays(rows), expired)
            return [Holder(*row) for row in standing]
        case Write():
            parts = _writing(question)
            await connection.execute(_with(_sql(parts)), *_values(parts))
    return None


def _looking(look: Look) -> list[Part]:
    keys = look.updates
    offered: list[Part] = [
        (_RECEIPTS, [look.receipts]),
        (_OPEN, [look.questionnaires]),
        (_WAVES, [look.waves]),
        (_BOXES, [look.boxes]),
        (_WAITING, [[key.bot for key in keys], [key.update_id for key in keys]]),
        (_INVITED, [look.invitations]),
        (_REVISIONS, [look.conversations]),
        (_TOOK_PART, [list(column) for column in zip(*look.participations, strict=True)] or [[]]),
        (_TAKEN, [look.references]),
    ]
    return [(sql, values) for sql, values in offered if values[0]]


def _facts(rows: Iterable[Sequence[Any]], look: Look) -> Facts:
    found: dict[str, list[Sequence[Any]]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return Facts(
        receipts={row[1]: Receipt(row[1], row[2]) for row in found.get("receipt", ())},
        open={row[2] for row in found.get("open", ())},
        waves={row[2] for row in found.get("wave", ())},
        boxes={row[1] for row in found.get("box", ())},
        invited={row[1] for row in found.get("invited", ())},
        participations={look.participations[row[3] - 1] for row in found.get("participation", ())},
        waiting={UpdateKey(row[3], row[4]) for row in found.get("waiting", ())},
        revisions={row[1]: row[3] for row in found.get("revision", ())},
        taken={row[2] for row in found.get("taken", ())},
    )


def _conditions(guess: Guess) -> list[Part]:
    keys, revisions = guess.updates, guess.revisions
    wanted: list[Part] = [
        (_ALL_OPEN, [guess.questionnaires]),
        (_ALL_WAVES, [guess.waves]),
        (_ALL_BOXES, [guess.boxes]),
        (_ALL_WAITING, [[key.bot for key in keys], [key.update_id for key in keys]]),
        (_ALL_INVITED, [guess.invitations]),
        (_ALL_AT_REVISION, [[key for key, _ in revisions], [at for _, at in revisions]]),
    ]
    return [(sql, values) for sql, values in wanted if values[0]]


def _writing(write: Write, *, if_it_fits: bool = False) -> list[Part]:
    parts: list[Part] = [
        (insert.if_it_fits if if_it_fits else insert.sql, insert.arrays(rows))
        for name, insert in _INSERTS.items()
        if (rows := getattr(write, name))
    ]
    also = f" AND {FITS}" if if_it_fits else ""
    if write.conversations:
        parts.append((_CHANGE + also, _CHANGED.arrays(write.conversations)))
    if write.answered:
        columns = [list(column) for column in zip(*write.answered, strict=True)]
        parts.append((_ANSWERED + also, columns))
    if keys := write.settled:
        settled = [[key.bot for key in keys], [key.update_id for key in keys]]
        parts.append((_SETTLE + also, settled))
    if write.expired:
        parts.append((_EXPIRE, [write.expired]))
    return parts


def _sql(parts: Sequence[Part]) -> tuple[str, ...]:
    return tuple(sql for sql, _ in parts)


def _values(parts: Sequence[Part]) -> list[Any]:
    return [value for _, values in parts for value in values]


@cache
def _union(sqls: tuple[str, ...]) -> str:
    return " UNION ALL ".join(_renumbered(sqls))


@cache
def _on_condition(conditions: tuple[str, ...], sqls: tuple[str, ...]) -> str:
    both = list(_renumbered([*conditions, *sqls]))
    fits = " AND ".join(both[: len(conditions)]) or "true"
    parts = [f"part_{at} AS ({sql})" for at, sql in enumerate(both[len(conditions) :])]
    fitting = f"fits AS MATERIALIZED (SELECT {fits} AS yes)"
    return f"WITH {', '.join([fitting, *parts])} SELECT yes FROM fits"


@cache
def _with(sqls: tuple[str, ...]) -> str:
    if len(sqls) == 1:
        return sqls[0]
    parts = [f"part_{at} AS ({sql})" for at, sql in enumerate(_renumbered(sqls))]
    return f"WITH {', '.join(parts)} SELECT 1"


def _renumbered(sqls: Iterable[str]) -> Iterator[str]:
    """Each with parameters that go on where those of the one before end."""
    before = 0
    for sql in sqls:
        numbers = {int(number) for number in _PARAMETER.findall(sql)}
        yield _PARAMETER.sub(partial(_moved, by=before), sql)
        before += max(numbers)


def _moved(parameter: re.Match[str], *, by: int) -> str:
    return f"${int(parameter[1]) + by}"
