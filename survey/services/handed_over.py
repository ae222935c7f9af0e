"""Problem reports as whoever provides a service sees and answers them: what staff handed over."""

from survey.domain.audit import Actor
from survey.domain.case_access import Looker, handed_to, shown_to
from survey.domain.case_records import CaseQuery
from survey.domain.cases import Audience, Said
from survey.errors import NotFound
from survey.ports import Begin, Clock, UnitOfWork
from survey.ports.cases import CasePage
from survey.services.case_reading import ReadCase, read, seen
from survey.services.timelines import Timelines


class HandedOver:
    def __init__(self, begin: Begin, clock: Clock, timelines: Timelines) -> None:
        self._begin, self._clock, self._timelines = begin, clock, timelines

    async def listed(
        self, query: CaseQuery, looker: Looker, *, limit: int, after: str | None = None
    ) -> CasePage:
        """Those that fit and were handed to them; `after` is that of the page before."""
        async with self._begin.read() as work:
            page = await work.cases.listed(
                handed_to(query, looker), now=self._clock.now(), limit=limit, after=after
            )
        return CasePage(tuple(shown_to(Audience.PROVIDER, each) for each in page.cases), page.after)

    async def get(self, reference: str, looker: Looker) -> ReadCase:
        """Raises: NotFound, also where it was not handed to them."""
        async with self._begin.read(one_state=True) as work:
            return await _read(work, reference, looker)

    async def add(
        self, reference: str, said: Said, *, looker: Looker, by: Actor, seen_at: int
    ) -> None:
        """Add what the provider says (`survey.domain.provider_acts`).

        Args:
            seen_at: the revision that whoever writes was shown; later it is not kept.

        Raises: NotFound; CaseRefused; ChangedMeanwhile; Busy.
        """
        async with self._begin() as work:
            case = (await _read(work, reference, looker)).case
            await self._timelines.add(work, case.id, said, by=by, seen=seen_at)
            await work.commit()


async def _read(work: UnitOfWork, reference: str, looker: Looker) -> ReadCase:
    case, reader = await seen(work, reference, looker)
    if reader is not Audience.PROVIDER:
        raise NotFound("case")
    return await read(work, case, reader)
