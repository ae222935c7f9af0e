"""What the two databases do differently, above all inserts that meet a row of the same key."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from sqlalchemy import Column, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Insert = postgresql.Insert | sqlite.Insert


def storable(text: str) -> bool:
    """Whether a row can hold the text; PostgreSQL fails where it is even asked for another."""
    return "\0" not in text


def insert(connection: AsyncConnection, table: Table) -> Insert:
    """An insert to which ON CONFLICT can be added."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def insert_or_ignore(connection: AsyncConnection, table: Table) -> Insert:
    """A row whose key is already there changes nothing."""
    return insert(connection, table).on_conflict_do_nothing(index_elements=table.primary_key)


def insert_or_update(
    connection: AsyncConnection, table: Table, *, keep: Collection[str] = ()
) -> Insert:
    """A row whose key is already there takes the new values, except in the columns to keep."""
    statement = insert(connection, table)
    changed = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if not column.primary_key and column.name not in keep
    }
    return statement.on_conflict_do_update(index_elements=table.primary_key, set_=changed)


def replacing(table: Table) -> str:
    """ON CONFLICT, as both databases understand it: a row whose key is there takes new values."""
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
    taken = ", ".join(
        f'"{column.name}" = excluded."{column.name}"'
        for column in table.columns
        if not column.primary_key
    )
    return f"ON CONFLICT ({keys}) DO UPDATE SET {taken}"


def binders(columns: Iterable[Column[Any]], dialect: Dialect) -> list[Callable[[Any], Any] | None]:
    """How a driver of this dialect takes a value of each column; None where as it is."""
    return [column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns]


def literal(value: bool | None) -> str:
    """As SQL, on both databases."""
    return "NULL" if value is None else str(value).upper()
