"""Who waits for a problem report of theirs: implements `survey.ports.problems.OpenProblems`."""

from collections.abc import Collection
from uuid import UUID

from survey.domain.organisation import ancestors
from survey.ports import UnitOfWork


class OpenCases:
    async def among(
        self, work: UnitOfWork, people: Collection[UUID], *, services: Collection[str]
    ) -> Collection[UUID]:
        if not people or not services:
            return ()
        wanted = frozenset(services)
        lines = ancestors(await work.organisation.services())
        above = {key for service in wanted for key in lines.get(service, (service,))}
        below = {key for key, line in lines.items() if not wanted.isdisjoint(line)}
        return await work.cases.waiting_among(people, services=(above | below) - {""})
