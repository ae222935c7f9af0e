"""Invitations that reached nobody."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.repositories.invitations import read_invitation
from survey.db.tables import asked, deliveries, invitations
from survey.domain.campaign import ChannelName
from survey.domain.waves import Invitation, InvitationState, Outcome


class SqlUndelivered:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def came_back(self, named: Collection[UUID], *, reason: str) -> int:
        """What never arrived is no reason not to ask them again: `sent_at` goes, and their turn."""
        failed = (
            update(invitations)
            .where(
                invitations.c.id.in_(named),
                invitations.c.state == InvitationState.DELIVERED.value,
                invitations.c.channel == ChannelName.EMAIL.value,
            )
            .values(state=InvitationState.FAILED.value, reason=reason, sent_at=None)
            .returning(invitations.c.id)
        )
        changed = list(await self._connection.scalars(failed))
        await self._connection.execute(delete(asked).where(asked.c.invitation.in_(changed)))
        first = (deliveries.c.invitation.in_(changed), deliveries.c.number == 0)
        await self._connection.execute(
            update(deliveries)
            .where(*first, deliveries.c.outcome == Outcome.SENT.value)
            .values(outcome=Outcome.FAILED.value, reason=reason)
        )
        return len(changed)

    async def never_reached(
        self, wave: str, states: Collection[InvitationState]
    ) -> Sequence[Invitation]:
        chosen = (
            select(invitations)
            .where(
                invitations.c.wave == wave,
                invitations.c.state.in_([each.value for each in states]),
                invitations.c.person.is_not(None),
                invitations.c.sent_at.is_(None),
            )
            .order_by(invitations.c.id)
        )
        return [read_invitation(row) for row in await self._connection.execute(chosen)]
