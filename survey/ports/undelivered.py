"""Invitations that reached nobody, although a message left or was to leave."""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from survey.domain.waves import Invitation, InvitationState


class Undelivered(Protocol):
    async def came_back(self, invitations: Collection[UUID], *, reason: str) -> int:
        """Of these, those that were delivered by e-mail and not opened have failed after all.

        Their first messages have failed too, so that they are listed and can be tried again. How
        many they are.
        """

    async def never_reached(
        self, wave: str, states: Collection[InvitationState]
    ) -> Sequence[Invitation]:
        """Those in these states of whom no message is known to have arrived, in order of id."""
