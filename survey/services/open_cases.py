"""Who waits for a problem report of theirs: implements `survey.ports.problems.OpenProblems`."""

from collections.abc import Collection
from uuid import UUID

from survey.domain.organisation import ancestors
from survey.ports import UnitOfWork


class OpenCases:
    async def among(
        self, work: UnitOfWork, people: Collection[UUID], *, service: str
    ) -> Collection[UUID]:
        lines = ancestors(await work.organisation.services())
        above = set(lines.get(service, (service,))) - {""}
        below = {key for key, line in lines.items() if service in line}
        return await work.cases.waiting_among(people, services=above | below)
