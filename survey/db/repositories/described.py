"""What is known of people besides their names: roles and details, and which of them there are."""

from collections import defaultdict
from typing import Final

from sqlalchemy import FromClause, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.tables import people
from survey.domain.people import Described

_MOST: Final = 5_000
"""Pairs of a detail and its value that are read: more are dates and numbers, not groups."""


async def described(connection: AsyncConnection, *, most_values: int) -> Described:
    """Roles and details of those who did not leave."""
    each, pairs = _unnested(connection.dialect.name == "postgresql")
    here = people.c.ended_at.is_(None)
    roles = await connection.execute(
        select(each.c.value)
        .select_from(people.join(each, true()))
        .where(here)
        .distinct()
        .order_by(each.c.value)
        .limit(_MOST)
    )
    found = await connection.execute(
        select(pairs.c.key, pairs.c.value)
        .select_from(people.join(pairs, true()))
        .where(here)
        .distinct()
        .order_by(pairs.c.key, pairs.c.value)
        .limit(_MOST)
    )
    details = defaultdict[str, list[str]](list)
    for name, value in found:
        details[name].append(value)
    return Described(
        roles=tuple(roles.scalars()),
        details={
            name: tuple(values) if len(values) <= most_values else ()
            for name, values in details.items()
        },
    )


def _unnested(on_postgresql: bool) -> tuple[FromClause, FromClause]:
    """Each role, and each (detail, value), of the person of a row."""
    if on_postgresql:
        return (
            func.jsonb_array_elements_text(people.c.roles).table_valued("value"),
            func.jsonb_each_text(people.c.attributes).table_valued("key", "value"),
        )
    return (
        func.json_each(people.c.roles).table_valued("value", name="each_role"),
        func.json_each(people.c.attributes).table_valued("key", "value", name="each_detail"),
    )
