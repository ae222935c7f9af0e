"""Messages of a wave that did not arrive, or may have arrived twice; and trying them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from survey.domain.audit import Actor, Note
from survey.domain.waves import Delivery, Invitation, InvitationState
from survey.errors import NotFound
from survey.ports import Begin, Clock, UnitOfWork

MOST: Final = 200
"""So many messages are listed and tried again at a time."""

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Undelivered:
    """One message: whose it is, for which unit they count, and why it did not arrive.

    `delivery` is None where nothing can be tried again; `person` is None once they were erased.
    `number` is 0 for the invitation itself, else which reminder.
    """

    delivery: UUID | None
    person: UUID | None
    name: str
    unit: str
    reason: str
    number: int = 0


class Undeliveries:
    def __init__(self, begin: Begin, clock: Clock) -> None:
        self._begin, self._clock = begin, clock

    async def failed(self, wave: str) -> Sequence[Undelivered]:
        """What could not be sent, and can be tried again; the first `MOST`."""
        async with self._begin.read() as work:
            found = await work.outbox.failed(wave, limit=MOST)
            return await _named(work, found)

    async def repeated(self, wave: str) -> Sequence[Undelivered]:
        """What may have arrived twice; the first `MOST`."""
        async with self._begin.read() as work:
            found = await work.outbox.repeated(wave, limit=MOST)
            return await _named(work, [(delivery, "") for delivery in found])

    async def unreachable(self, wave: str) -> Sequence[Undelivered]:
        """Whom no channel reaches any more; the first `MOST`, by the id of their invitation."""
        async with self._begin.read() as work:
            found = await work.invitations.listed(
                wave, (InvitationState.BLOCKED,), limit=MOST, after=None
            )
            names = await work.people.names_of({each.person for each in found if each.person})
        return [_told(each, None, each.reason or "", names, 0) for each in found]

    async def sent_in_last_minute(self, wave: str) -> int:
        """How many invitations of it left within the last minute."""
        async with self._begin.read() as work:
            return await work.invitations.sent_since(wave, since=self._clock.now() - _MINUTE)

    async def replay(
        self, wave: str, *, by: Actor, delivery: UUID | None = None, reason: str | None = None
    ) -> int:
        """Try messages of the wave again: one, or all of a reason; how many they are.

        A second click finds none of them failed, and tries nothing again.

        Raises: NotFound.
        """
        now = self._clock.now()
        async with self._begin() as work:
            known = await work.waves.get(wave)
            if known is None:
                raise NotFound("wave")
            failed = await work.outbox.failed(wave, limit=MOST)
            wanted = [
                each.id
                for each, why in failed
                if (delivery is None or each.id == delivery) and (reason is None or why == reason)
            ]
            tried = await work.outbox.replay(wanted, now=now) if wanted else 0
            if tried:
                details = {"wave": wave, "messages": tried}
                about = f"campaign:{known.campaign}"
                await work.audit.add(Note(now, by, "campaign.replayed", about, details))
            await work.commit()
        return tried


async def _named(work: UnitOfWork, found: Sequence[tuple[Delivery, str]]) -> Sequence[Undelivered]:
    invitations = await work.invitations.those({each.invitation for each, _ in found})
    people = {each.person for each in invitations.values() if each.person}
    names = await work.people.names_of(people)
    return [
        _told(invitations[each.invitation], each.id, reason, names, each.number)
        for each, reason in found
        if each.invitation in invitations
    ]


def _told(
    invitation: Invitation,
    delivery: UUID | None,
    reason: str,
    names: Mapping[UUID, str],
    number: int,
) -> Undelivered:
    person = invitation.person
    name = names.get(person, "") if person else ""
    return Undelivered(delivery, person, name, invitation.unit, reason, number)
