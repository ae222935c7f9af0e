"""The invitation of a body in other hands: a colleague's, or the next contact's."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from survey.domain.waves import Invitation, InvitationState
from survey.errors import StaleRevision
from survey.ports import UnitOfWork
from survey.services.drafts import is_over


async def give(
    work: UnitOfWork,
    invited: Invitation,
    to: UUID,
    *,
    at: datetime,
    was: Collection[InvitationState],
    delegated_by: UUID | None = None,
    handed_on: int = 0,
) -> bool:
    """Let somebody else have the invitation of a body, and be sent its message from `at` on.

    Reminders are of the body: those that whoever had it before was sent count.

    False where it is in none of the states `was`. Raises: StaleRevision, where it is somebody
    else's by now, or they take a step in it at this moment.
    """
    # Messages before invitations, as whoever settles them: else each might wait for the other.
    await work.invitations.send_anew(invited.id, at=at)
    if not await work.invitations.set_state(invited.id, InvitationState.WAITING, was=was):
        return False
    now = await work.invitations.get(invited.id)
    if now is None or now.person != invited.person or now.hand_ons != invited.hand_ons:
        raise StaleRevision("invitation")
    await work.invitations.save(
        replace(
            now,
            person=to,
            delegated_by=delegated_by,
            hand_ons=now.hand_ons + handed_on,
            reason=None,
            channel=None,
            sent_at=None,
            snoozed_until=None,
            message_id=None,
        )
    )
    begun = await work.conversations.of_invitation(invited.id)
    if begun is not None and not is_over(begun):
        # Nobody's until it is opened: whoever had it does not go on with it.
        parked = replace(begun, owner=f"waits:{invited.id}")
        if not await work.conversations.move(parked, expected_revision=begun.revision):
            raise StaleRevision("conversation")
    return True
