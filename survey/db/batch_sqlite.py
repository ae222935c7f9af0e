"""Batches on SQLite: a connection of the writer's own on a thread of its own, one hop a batch.

Each set is one statement over one JSON document and runs within one call of the library: see
`survey.db.sets`.
"""

# ruff: noqa: S608 (SQL of fixed parts; the names in it are those of the tables)

import asyncio
import json
import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.dialects.sqlite.pysqlite import dialect as sqlite_dialect

from survey.db.batch import (
    MAY_ANSWER,
    TAKES_ANSWERS,
    Asking,
    Claim,
    ConversationChange,
    Facts,
    Holder,
    Look,
    Outcome,
    Participation,
    Question,
    Write,
)
from survey.db.engine import Database, unreachable_is_busy
from survey.db.repositories.chats import EMPTIED
from survey.db.sets import JsonInsert, JsonSet
from survey.db.statements import binders, literal
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

_DIALECT: Final = sqlite_dialect()
_quoted = _DIALECT.identifier_preparer.quote

# Parts of the statement that reads: each has the columns (part, name, x, y).
_IN: Final = "IN (SELECT value FROM json_each(:{0}))"
_LOOK: Final[Mapping[str, str]] = {
    "receipts": f"SELECT 'receipt', id, reference, NULL FROM receipts WHERE id {_IN}",
    "questionnaires": "SELECT 'open', key, NULL, NULL FROM questionnaires"
    f" WHERE key {_IN} AND closed_at IS NULL",
    "waves": f"SELECT 'wave', key, NULL, NULL FROM waves WHERE key {_IN} AND {TAKES_ANSWERS}",
    "boxes": f"SELECT 'box', id, NULL, NULL FROM boxes WHERE id {_IN}",
    "updates": "SELECT 'waiting', NULL, bot, update_id FROM json_each(:{0}) CROSS JOIN inbox"
    " ON bot = json_extract(value, '$[0]') AND update_id = json_extract(value, '$[1]')"
    " WHERE payload IS NOT NULL",
    "invitations": f"SELECT 'invited', id, NULL, NULL FROM invitations WHERE id {_IN}"
    f" AND {MAY_ANSWER}",
    "conversations": f"SELECT 'revision', id, revision, NULL FROM conversations WHERE id {_IN}",
    "participations": "SELECT 'participation', questionnaire || '\n' || wave, month, participant"
    " FROM json_each(:{0}) CROSS JOIN participations"
    " ON questionnaire = json_extract(value, '$[0]') AND month = json_extract(value, '$[1]')"
    " AND wave = json_extract(value, '$[2]') AND participant = json_extract(value, '$[3]')",
    "references": f"SELECT 'taken', reference, NULL, NULL FROM receipts WHERE reference {_IN}",
}

_CLAIM: Final = JsonInsert(
    idempotency,
    "ON CONFLICT (scope, key) DO UPDATE SET"
    " body = iif(accepted_at <= :expired, excluded.body, body),"
    " receipt = iif(accepted_at <= :expired, excluded.receipt, receipt),"
    " accepted_at = iif(accepted_at <= :expired, excluded.accepted_at, accepted_at)"
    " RETURNING scope, key, body, receipt",
)

# In the order in which they are written.
_INSERTS: Final[Mapping[str, JsonInsert]] = {
    "receipts": JsonInsert(receipts),
    "participations": JsonInsert(participations, "ON CONFLICT DO NOTHING"),
    "once": JsonInsert(participations),
    "sealed": JsonInsert(sealed),
    "responses": JsonInsert(responses),
    "counts": JsonInsert(
        counts,
        f"ON CONFLICT ({', '.join(counts.primary_key.columns.keys())})"
        " DO UPDATE SET n = n + excluded.n",
    ),
    "due": JsonInsert(
        publication_due, "ON CONFLICT (questionnaire, month) DO UPDATE SET marks = marks + 1"
    ),
    "kept": JsonInsert(inbox, "ON CONFLICT DO NOTHING"),
}
_CHANGED: Final = JsonSet(conversations.columns[name] for name in ConversationChange._fields)
_CHANGE: Final = (
    "UPDATE conversations AS had SET"
    " revision = coalesce(new.revision, had.revision),"
    " phase = coalesce(new.phase, had.phase),"
    " draft = coalesce(new.draft, had.draft),"
    " draft_key = coalesce(new.draft_key, had.draft_key),"
    " touched_at = coalesce(new.touched_at, had.touched_at),"
    " receipt = coalesce(new.receipt, had.receipt),"
    " shown = coalesce(max(new.shown, had.shown), new.shown, had.shown),"
    " message_id = CASE WHEN new.shown >= coalesce(had.shown, new.shown) THEN new.message_id"
    " ELSE had.message_id END"
    f" FROM ({_CHANGED.sql}) AS new WHERE had.id = new.id"
)
_ANSWERED: Final = (
    "UPDATE invitations SET state = 'answered', reason = NULL,"
    " mode = coalesce(invitations.mode, new.mode), response = new.response FROM"
    " (SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS mode,"
    " json_extract(value, '$[2]') AS response"
    " FROM json_each(:rows)) AS new WHERE invitations.id = new.id"
)
_SETTLE: Final = (
    "UPDATE inbox SET "
    + ", ".join(f"{_quoted(name)} = {literal(value)}" for name, value in EMPTIED.items())
    + " FROM json_each(:rows) AS done"
    " WHERE bot = json_extract(done.value, '$[0]') AND update_id = json_extract(done.value, '$[1]')"
)
_EXPIRE: Final = "DELETE FROM idempotency WHERE accepted_at <= :expired"
_MOMENT: Final = binders([idempotency.c.accepted_at], _DIALECT)[0]


class SqliteBatches:
    """Does batches, one at a time, in turn with units of work; opens the file at the first."""

    guessing: Final = False  # a question more costs next to nothing on the same thread

    def __init__(self, database: Database) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._connection: sqlite3.Connection | None = None

    async def do(self, batch: Asking[list[Outcome]]) -> list[Outcome]:
        """All of it in one transaction.

        Raises: Busy, where trying again can help; what sqlite3 raises where the database refuses.
        """
        async with self._database.turn:
            with unreachable_is_busy():
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._thread, self._do, batch)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    # --- on the thread ---

    def _do(self, batch: Asking[list[Outcome]]) -> list[Outcome]:
        if self._connection is None:
            self._connection = self._database.open_file()
            # Else a statement that adds many rows first copies what it changes to another file.
            self._connection.execute("PRAGMA temp_store = MEMORY")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = _drive(self._connection, batch)
            self._connection.execute("COMMIT")
        except BaseException:
            # Closing rolls back, whatever state a failing disk has left the connection in.
            with suppress(sqlite3.Error):
                self._close()
            raise
        return outcomes

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _drive(connection: sqlite3.Connection, batch: Asking[list[Outcome]]) -> list[Outcome]:
    answer: Any = None
    try:
        while True:
            answer = _answer(connection, batch.send(answer))
    except StopIteration as done:
        outcomes: list[Outcome] = done.value
        return outcomes


def _answer(connection: sqlite3.Connection, question: Question) -> Any:
    match question:
        case Look():
            return _look(connection, question)
        case Claim(rows, expired):
            values = {**_CLAIM.values(rows), "expired": _moment(expired)}
            standing = connection.execute(_CLAIM.sql, values).fetchall()
            return [Holder(scope, key, body, UUID(of)) for scope, key, body, of in standing]
        case Write():
            _write(connection, question)
    return None


def _look(connection: sqlite3.Connection, look: Look) -> Facts:
    wanted = {
        "receipts": [each.hex for each in look.receipts],
        "questionnaires": look.questionnaires,
        "boxes": [each.hex for each in look.boxes],
        "updates": [(key.bot, key.update_id) for key in look.updates],
        "waves": look.waves,
        "invitations": [each.hex for each in look.invitations],
        "conversations": [each.hex for each in look.conversations],
        "participations": [
            (each.questionnaire, each.month.isoformat(), each.wave, each.participant)
            for each in look.participations
        ],
        "references": look.references,
    }
    asked = {name: json.dumps(values) for name, values in wanted.items() if values}
    if not asked:
        return Facts()
    sql = " UNION ALL ".join(_LOOK[name].format(name) for name in asked)
    found: dict[str, list[Sequence[Any]]] = {}
    for part, *row in connection.execute(sql, asked).fetchall():
        found.setdefault(part, []).append(row)
    return Facts(
        receipts={(key := UUID(row[0])): Receipt(key, row[1]) for row in found.get("receipt", ())},
        open={row[0] for row in found.get("open", ())},
        waves={row[0] for row in found.get("wave", ())},
        boxes={UUID(row[0]) for row in found.get("box", ())},
        invited={UUID(row[0]) for row in found.get("invited", ())},
        participations={_participation(row) for row in found.get("participation", ())},
        waiting={UpdateKey(row[1], row[2]) for row in found.get("waiting", ())},
        revisions={UUID(row[0]): row[1] for row in found.get("revision", ())},
        taken={row[0] for row in found.get("taken", ())},
    )


def _write(connection: sqlite3.Connection, write: Write) -> None:
    for name, insert in _INSERTS.items():
        if rows := getattr(write, name):
            connection.execute(insert.sql, insert.values(rows))
    if write.conversations:
        connection.execute(_CHANGE, _CHANGED.values(write.conversations))
    if write.answered:
        answered = [
            (invitation.hex, mode, response and response.hex)
            for invitation, mode, response in write.answered
        ]
        connection.execute(_ANSWERED, {"rows": json.dumps(answered)})
    if write.settled:
        keys = [(key.bot, key.update_id) for key in write.settled]
        connection.execute(_SETTLE, {"rows": json.dumps(keys)})
    if write.expired:
        connection.execute(_EXPIRE, {"expired": _moment(write.expired)})


def _participation(row: Sequence[Any]) -> Participation:
    questionnaire, wave = row[0].split("\n")
    return Participation(questionnaire, date.fromisoformat(row[1]), wave, row[2])


def _moment(value: datetime) -> Any:
    """As the column holds it."""
    return _MOMENT(value) if _MOMENT else value
