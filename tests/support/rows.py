"""Rows of any table, made from its columns: for what must hold of every table that there is."""

import itertools
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
    insert,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.types import Answers, Document, UtcDateTime
from tests.support.application import NOON

_NUMBERS = itertools.count(1)

_CHECKED = {"handovers.channel": "web"}
"""What only some values of its type suit."""


async def put_row(connection: AsyncConnection, table: Table, **given: Any) -> dict[str, Any]:
    """Insert a row with these values; columns that must be filled are, also by rows they refer to.

    Returns the whole row.
    """
    row = {**await _parents(connection, table, given), **given}
    for column in table.columns:
        if column.name not in row and not column.nullable and column.server_default is None:
            row[column.name] = _some(column)
    await connection.execute(insert(table), row)
    return row


async def _parents(
    connection: AsyncConnection, table: Table, given: dict[str, Any]
) -> dict[str, Any]:
    """Rows for the foreign keys that must lead somewhere."""
    found: dict[str, Any] = {}
    for constraint in table.foreign_key_constraints:
        columns = list(constraint.columns)
        if any(column.name in given or column.nullable for column in columns):
            continue
        parent = await put_row(connection, constraint.referred_table)
        found |= {
            element.parent.name: parent[element.column.name] for element in constraint.elements
        }
    return found


def _some(column: Column[Any]) -> Any:
    number = next(_NUMBERS)
    match column.type:
        case Uuid():
            return uuid4()
        case UtcDateTime():
            return NOON
        case Date():
            return NOON.date()
        case Boolean():
            return False
        case Integer() | BigInteger():
            return number
        case LargeBinary():
            return number.to_bytes(32, "big")
        case Answers() | Document():
            return {}
        case String(length=3):
            return "en"
        case String() | Text():
            return _CHECKED.get(f"{column.table.name}.{column.name}", f"v{number}")
        case other:
            raise TypeError(f"no value for {other!r}")


def at(column: Column[Any], moment: datetime) -> datetime | date:
    """The moment as the column keeps it."""
    return moment.date() if isinstance(column.type, Date) else moment
