"""Letters of a demonstration: written to nobody. Implements `survey.ports.channels.Channel`."""

from datetime import datetime
from typing import Final
from uuid import UUID

from survey.domain.addresses import address_of
from survey.domain.campaign import ChannelName
from survey.domain.people import Person
from survey.ports import Begin
from survey.ports.channels import Address, Asking, Delivered

RESERVED: Final = (".invalid", ".test", ".example")
"""Ends of domains in which nobody can have a mailbox. Source: RFC 2606, section 2."""


class SimulatedMail:
    """Takes letters to invented people and drops them: it knows no mail server at all."""

    name = ChannelName.EMAIL

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    async def address_of(self, person: Person) -> Address | None:
        return (await self.addresses_of([person])).get(person.id)

    async def addresses_of(self, people: list[Person]) -> dict[UUID, Address]:
        """Those with an invented address that no mail came back from."""
        found = {person.id: address_of(person.email) for person in people if person.email}
        named = {each: email for each, email in found.items() if email and _is_invented(email)}
        async with self._begin.read() as work:
            refused = await work.refused_addresses.of(set(named.values()))
        return {
            person: Address(self.name, email=email)
            for person, email in named.items()
            if email not in refused
        }

    async def send(self, address: Address, asking: Asking, *, at: datetime) -> Delivered:  # noqa: ARG002 (the port's)
        """It counts as delivered, and is gone."""
        return Delivered()

    async def probe(self) -> None:
        """It always works."""


def _is_invented(email: str) -> bool:
    return email.endswith(RESERVED)
