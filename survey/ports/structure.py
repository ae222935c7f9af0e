"""What changing the trees of units and services needs to know, and what happened on a day."""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from survey.domain.records import Event


class Structure(Protocol):
    async def lock(self) -> None:
        """Let nobody else who asks for this change the trees until this transaction ends.

        The installation's revision goes up with it.
        """

    async def shared_people(self) -> Sequence[Collection[str]]:
        """For each person who did not leave and stands for several units, which."""

    async def responses_of_units(self, units: Collection[str]) -> int:
        """How many responses are counted for these units."""

    async def responses_of_services(self, services: Collection[str]) -> int:
        """How many responses rate these services, as counted."""

    async def highest_floor(self) -> int:
        """Of all versions; 0 where nothing is published."""

    async def units_with_figures(self, units: Collection[str]) -> frozenset[str]:
        """Those of them that have a published cell."""

    async def services_with_figures(self, services: Collection[str]) -> frozenset[str]:
        """Those of them that have a published cell."""


class Events(Protocol):
    async def all(self) -> Sequence[Event]:
        """By day, oldest first."""

    async def get(self, event: UUID) -> Event | None: ...
    async def add(self, event: Event) -> None: ...
    async def remove(self, event: UUID) -> None: ...
