"""Whether somebody waits for a problem of theirs to be solved."""

from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from survey.ports import UnitOfWork


class OpenProblems(Protocol):
    """Who reported a problem that is not closed: nobody is asked how satisfied they are with a
    service while they wait for it to be mended.
    """

    async def among(
        self, work: UnitOfWork, people: Collection[UUID], *, services: Collection[str]
    ) -> Collection[UUID]:
        """Those of these with an open problem about one of these services, or one above or below
        it.
        """
