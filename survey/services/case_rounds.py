"""Rounds over cases: what the program itself has to do with them by now (`follow_up`)."""

from contextlib import suppress
from typing import Final

import structlog

from survey.domain.audit import SERVICE
from survey.domain.cases import Case, CaseState
from survey.domain.follow_up import follow_up
from survey.errors import ChangedMeanwhile, NotFound, QuestionnaireClosed
from survey.ports import Begin, Clock
from survey.services.scores import HANDLING
from survey.services.shipped import Shipped
from survey.services.timelines import Timelines

AT_ONCE: Final = 200

_log = structlog.get_logger()


class CaseRounds:
    def __init__(self, begin: Begin, clock: Clock, timelines: Timelines, shipped: Shipped) -> None:
        self._begin, self._clock = begin, clock
        self._timelines, self._shipped = timelines, shipped

    async def look(self) -> int:
        """Look at some of the cases that are due; how many. Call again at once where any were.

        Any number of processes may: what another has done meanwhile is seen and left alone. Of an
        installation that is held nothing is due.
        """
        async with self._begin.read() as work:
            if await work.installation.held():
                return 0
            due = await work.cases.to_look_at(now=self._clock.now(), limit=AT_ONCE)
        if any(case.state in (CaseState.FIXED, CaseState.MONITORED) for case in due):
            # Its reporter is asked how it was handled.
            with suppress(QuestionnaireClosed):
                await self._shipped.prepare(HANDLING, open_link=False)
        for case in due:
            try:
                await self._one(case)
            except (ChangedMeanwhile, NotFound):
                _log.info("case_went_on", case=str(case.id))
        return len(due)

    async def _one(self, case: Case) -> None:
        """Raises: ChangedMeanwhile, NotFound."""
        now = self._clock.now()
        async with self._begin() as work:
            timeline = await work.cases.timeline(case.id)
            said, then = follow_up(case, timeline, now=now)
            if said:
                # The entries ask for the next look themselves.
                await self._timelines.add(work, case.id, *said, by=SERVICE, seen=case.revision)
            else:
                await work.cases.look_again(case, at=then)
            await work.commit()
