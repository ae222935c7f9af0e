"""Whose turn for a new survey it is: given back where the message is known not to have left."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.tables import asked, deliveries, invitations

_BEFORE: Final = (
    update(asked)
    .where(asked.c.person == bindparam("whose"), asked.c.invitation == bindparam("given_back"))
    .values(at=bindparam("was_at"), invitation=bindparam("was_of"))
)


async def give_back(connection: AsyncConnection, unsent: Collection[UUID]) -> None:
    """Give back the turns that were taken for these invitations, of which nothing was ever sent.

    A person's turn is again that of the newest other survey that was sent to them, or may have
    been; without one they have none. Where a message of the invitation may have left, or left to
    whoever had it before, the turn stays taken.
    """
    given = await _given_back(connection, unsent)
    if not given:
        return
    before = await _before(connection, given)
    gone = sorted(given.keys() - before.keys())
    await connection.execute(
        delete(asked).where(asked.c.person.in_(gone), asked.c.invitation.in_(given.values()))
    )
    if before:
        await connection.execute(
            _BEFORE,
            [
                {"whose": each, "given_back": given[each], "was_at": at, "was_of": of}
                for each, (at, of) in sorted(before.items())
            ],
        )


async def _given_back(connection: AsyncConnection, unsent: Collection[UUID]) -> Mapping[UUID, UUID]:
    """For which of these each person has taken their turn; nobody else takes it meanwhile."""
    chosen = (
        select(asked.c.person, asked.c.invitation)
        .join(invitations, invitations.c.id == asked.c.invitation)
        .where(
            # By person first: the turns have no index by invitation.
            asked.c.person.in_(select(invitations.c.person).where(invitations.c.id.in_(unsent))),
            asked.c.invitation.in_(unsent),
            invitations.c.sent_at.is_(None),
            invitations.c.hand_ons == 0,
            ~_may_have_left(),
        )
        .order_by(asked.c.person)
        .with_for_update(of=asked)
    )
    return {row.person: row.invitation for row in await connection.execute(chosen)}


async def _before(
    connection: AsyncConnection, given: Mapping[UUID, UUID]
) -> Mapping[UUID, tuple[datetime, UUID]]:
    """When each was last asked something else, and by which invitation."""
    begun = select(func.max(deliveries.c.begun_at)).where(
        deliveries.c.invitation == invitations.c.id
    )
    at = func.coalesce(invitations.c.sent_at, begun.scalar_subquery(), asked.c.at).label("at")
    chosen = (
        select(invitations.c.person, invitations.c.id, at)
        .join(asked, asked.c.person == invitations.c.person)
        .where(
            invitations.c.person.in_(given),
            invitations.c.id.not_in(given.values()),
            # What a colleague has handed on takes no turn.
            invitations.c.delegated_by.is_(None),
            or_(invitations.c.sent_at.is_not(None), _may_have_left()),
        )
    )
    found = sorted((row.at, row.id, row.person) for row in await connection.execute(chosen))
    return {person: (at, of) for at, of, person in found}


def _may_have_left() -> ColumnElement[bool]:
    """Whether a message of the invitation is under way, or was in doubt."""
    under_way = and_(deliveries.c.begun_at.is_not(None), deliveries.c.settled_at.is_(None))
    return (
        exists()
        .where(
            deliveries.c.invitation == invitations.c.id, or_(under_way, deliveries.c.repeats > 0)
        )
        .correlate(invitations)
    )
