"""How the installation is: what a probe, a dashboard and an alert are told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from survey.domain.calendar import local_month
from survey.domain.records import Vitals
from survey.domain.waves import InvitationState
from survey.ports import Begin, Clock

OWED_AFTER: Final = timedelta(minutes=1)
"""A reply that is owed for less may be on its way."""

STALE_AFTER: Final = timedelta(minutes=5)
"""A queue whose oldest update has waited longer is not being worked on."""


MISSED_FOR: Final = timedelta(days=1)
"""So long a missed wave is told of: nobody overlooks it, and it is not told of for ever."""


@dataclass(frozen=True, slots=True)
class Health:
    """The vitals at one moment; messages are those of campaigns that are due and not sent, tellings
    those to reporters.

    `late` is for how long the next wave should have been open.
    """

    vitals: Vitals
    boxes_due: int
    waited: timedelta
    messages_due: int = 0
    messages_waited: timedelta = timedelta()
    tellings_due: int = 0
    tellings_waited: timedelta = timedelta()
    late: timedelta = timedelta()

    @property
    def held(self) -> bool:
        return self.vitals.held_since is not None

    @property
    def stale(self) -> bool:
        return self.waited > STALE_AFTER


class Watch:
    """Looks at the database; says nothing of anybody in it."""

    def __init__(self, begin: Begin, clock: Clock, zone: ZoneInfo, *, tables: str | None) -> None:
        """`tables` is the migration that this version of the program needs."""
        self._begin, self._clock, self._zone, self._tables = begin, clock, zone, tables

    async def look(self) -> Health | None:
        """None where the database is at the tables of another version of the program.

        Raises: Busy, when the database does not answer.
        """
        now = self._clock.now()
        async with self._begin.read() as work:
            if await work.vitals.tables() != self._tables:
                return None
            vitals = await work.vitals.take(
                owed_before=now - OWED_AFTER, missed_since=now - MISSED_FOR
            )
            due = await work.boxes.due(now_month=local_month(now, self._zone))
            messages, oldest = await work.outbox.depth(now=now)
            tellings, oldest_telling = await work.tellings.depth(now=now)
        return Health(
            vitals=vitals,
            boxes_due=len(due),
            waited=_waited(vitals.waiting_since, now),
            messages_due=messages,
            messages_waited=_waited(oldest, now),
            tellings_due=tellings,
            tellings_waited=_waited(oldest_telling, now),
            late=_waited(vitals.slot_due_since, now),
        )

    async def asked(self) -> Mapping[InvitationState, int]:
        """How many invitations of waves that take answers are in each state.

        Raises: Busy, when the database does not answer.
        """
        async with self._begin.read() as work:
            return await work.vitals.asked()


def _waited(since: datetime | None, now: datetime) -> timedelta:
    return max(now - since, timedelta()) if since else timedelta()
