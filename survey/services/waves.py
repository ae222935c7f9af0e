"""Waves from beginning to end: what the worker's jobs and the doors call.

Each of these may run in several processes at once: what is written is decided by locks, unique
keys and conditions in the database, so that nothing happens twice whoever does it.
"""

from survey.domain.audit import Actor
from survey.domain.contacts import Asked, Contact
from survey.services.contacts import Contacts
from survey.services.endings import Endings
from survey.services.expansion import Expansion
from survey.services.firing import Firing
from survey.services.reminding import Reminding
from survey.services.succession import Succession


class Waves:
    def __init__(
        self,
        *,
        firing: Firing,
        expansion: Expansion,
        contacts: Contacts,
        endings: Endings,
        reminding: Reminding,
        succession: Succession,
    ) -> None:
        self._firing, self._expansion, self._contacts = firing, expansion, contacts
        self._endings, self._reminding = endings, reminding
        self._succession = succession

    async def fire_due(self) -> int:
        """Deal with each slot whose time has come; how many waves opened (`Firing.fire_due`)."""
        return await self._firing.fire_due()

    async def expand_due(self) -> bool:
        """Write the next thousand of a wave; whether to call again (`Expansion.expand_due`)."""
        return await self._expansion.expand_due()

    async def unreadable_dates(self, key: str) -> int:
        """Of a campaign's audience: who has no readable date (`Expansion.unreadable_dates`)."""
        return await self._expansion.unreadable_dates(key)

    async def invite(
        self, contact: Contact, *, by: Actor, idempotency_key: str | None = None
    ) -> Asked:
        """Ask one person after a contact, or say why not (`Contacts.invite`)."""
        return await self._contacts.invite(contact, by=by, idempotency_key=idempotency_key)

    async def close_due(self) -> int:
        """Close waves that are over; how many (`Endings.close_due`)."""
        return await self._endings.close_due()

    async def drop_unsent(self) -> int:
        """Drop the messages of ended waves; how many (`Endings.drop_unsent`)."""
        return await self._endings.drop_unsent()

    async def remind(self) -> int:
        """Write reminders that are due; how many (`Reminding.remind`)."""
        return await self._reminding.remind()

    async def pass_on(self) -> int:
        """Ask other contacts where those asked for a body have left (`Succession.pass_on`)."""
        return await self._succession.pass_on()
