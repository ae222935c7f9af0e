"""The body's calendar: days on which it or part of it is closed, and pauses of all sending.

Nothing of it is remembered from one unit of work to the next: a pause holds from its commit on.
What campaigns wait for is worked out anew with each change, in the same transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import BinaryIO, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from survey.domain.audit import Actor, Note
from survey.domain.calendar import LATEST
from survey.domain.campaign import CampaignState, Nation
from survey.domain.closures import ClosedSpan, read_closures, span_faults
from survey.domain.local_time import local_of
from survey.domain.open_hours import ClosedDays
from survey.domain.organisation import ancestors
from survey.domain.schedule import upcoming
from survey.domain.structure import text_faults
from survey.domain.waves import Campaign, Closure, Pause, PauseKind
from survey.errors import Fault, FieldsRejected, NotFound
from survey.ports import Begin, Clock, Ids, UnitOfWork

_LOOK_BACK: Final = timedelta(days=92)
"""Closures and pauses of the last quarter say why a date that is overdue was moved."""


@dataclass(frozen=True, slots=True)
class ClosuresKept:
    """What a file did: days that it lists, and those of them that were new or had another name."""

    listed: int
    new: int
    renamed: int


class CalendarUse:
    def __init__(
        self, begin: Begin, clock: Clock, ids: Ids, *, nation: Nation, zone: ZoneInfo
    ) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids
        self._nation, self._zone = nation, zone

    async def days(self, work: UnitOfWork) -> ClosedDays:
        """The closed days as this unit of work sees them; keep them no longer than it."""
        now = self._clock.now()
        since = local_of(now - _LOOK_BACK, self._zone).date()
        closures = await work.calendar.closures(since=since, until=LATEST)
        by_unit = any(each.unit for each in closures)
        return ClosedDays(
            nation=self._nation,
            closures=closures,
            pauses=await work.calendar.pauses(now=now - _LOOK_BACK),
            zone=self._zone,
            lines=ancestors(await work.organisation.units()) if by_unit else {},
        )

    async def closures(self, *, since: date, until: date) -> Sequence[Closure]:
        async with self._begin.read() as work:
            return await work.calendar.closures(since=since, until=until)

    async def pauses(self) -> Sequence[Pause]:
        """Those that hold or are to come, by their beginning."""
        async with self._begin.read() as work:
            return await work.calendar.pauses(now=self._clock.now())

    # --- closures ---

    async def close(self, span: ClosedSpan, *, by: Actor) -> int:
        """Add days on which a unit is closed; how many were new or had another name.

        Raises: FieldsRejected (as `closures.span_faults`).
        """
        async with self._begin() as work:
            units = {each.key for each in await work.organisation.units()}
            if faults := span_faults(span, units):
                raise FieldsRejected(faults)
            kept = await self._keep(work, span.days)
            if changed := kept.new + kept.renamed:
                details = {**_where(span), "changed": changed}
                await self._note(work, by, "closures.added", "closures", details)
                await self._replan(work)
            await work.commit()
        return changed

    async def import_closures(
        self, content: Callable[[], BinaryIO], *, name: str, by: Actor
    ) -> ClosuresKept:
        """Add the days of a file (`closures.read_closures`); the same again changes nothing.

        Raises: FieldsRejected, with every fault by row and column; then nothing is kept.
        """
        async with self._begin.read() as work:
            units = {each.key for each in await work.organisation.units()}
        with content() as lines:
            listed = read_closures(lines, name=name, units=units)
        async with self._begin() as work:
            kept = await self._keep(work, listed)
            if kept.new or kept.renamed:
                details = {"listed": kept.listed, "new": kept.new, "renamed": kept.renamed}
                await self._note(work, by, "closures.imported", "closures", details)
                await self._replan(work)
            await work.commit()
        return kept

    async def open_again(self, first: date, last: date, unit: str, *, by: Actor) -> int:
        """Take back the closures of one unit from one day to another; how many there were.

        Raises: NotFound, where there is none.
        """
        async with self._begin() as work:
            known = await work.calendar.closures(since=first, until=last)
            keys = [(each.day, each.unit) for each in known if each.unit == unit]
            if not keys:
                raise NotFound("closure")
            removed = await work.calendar.remove_closures(keys)
            details = {"unit": unit, "from": f"{first}", "until": f"{last}", "changed": removed}
            await self._note(work, by, "closures.removed", "closures", details)
            await self._replan(work)
            await work.commit()
        return removed

    @staticmethod
    async def _keep(work: UnitOfWork, listed: Sequence[Closure]) -> ClosuresKept:
        if not listed:
            return ClosuresKept(0, 0, 0)
        days = [each.day for each in listed]
        known = {
            (each.day, each.unit): each.name
            for each in await work.calendar.closures(since=min(days), until=max(days))
        }
        new = [each for each in listed if (each.day, each.unit) not in known]
        renamed = [
            each for each in listed if known.get((each.day, each.unit), each.name) != each.name
        ]
        await work.calendar.put_closures([*new, *renamed])
        return ClosuresKept(len(listed), len(new), len(renamed))

    # --- pauses ---

    async def pause(
        self,
        *,
        kind: PauseKind,
        name: str,
        begins_at: datetime | None,
        ends_at: datetime | None,
        by: Actor,
    ) -> Pause:
        """Send nothing from a moment (None: at once) until another (None: until it is ended).

        A beginning that has passed is now.

        Raises: FieldsRejected ("required", "too_long", "bad_sign" for the name, "order").
        """
        async with self._begin() as work:
            now = self._clock.now()
            pause = Pause(self._ids.uuid(), kind, name, max(begins_at or now, now), ends_at)
            faults = list(text_faults([("name", name)], {"name"}))
            if ends_at is not None and ends_at <= pause.begins_at:
                faults.append(Fault(("until",), "order", "the end is not after the beginning"))
            if faults:
                raise FieldsRejected(faults)
            await work.calendar.add_pause(pause)
            details = {
                "kind": kind.value,
                "from": pause.begins_at.isoformat(),
                "until": ends_at.isoformat() if ends_at else "",
            }
            await self._note(work, by, "pause.started", f"pause:{pause.id}", details)
            await self._replan(work)
            await work.commit()
        return pause

    async def end_pause(self, pause: UUID, *, by: Actor) -> None:
        """Now, or before it has begun. Raises: NotFound, where it is not there or is over."""
        async with self._begin() as work:
            if not await work.calendar.end_pause(pause, at=self._clock.now()):
                raise NotFound("pause")
            await self._note(work, by, "pause.ended", f"pause:{pause}", {})
            await self._replan(work)
            await work.commit()

    # --- what campaigns wait for ---

    async def _replan(self, work: UnitOfWork) -> None:
        """Bring the next slot of each campaign to where the calendar has it now.

        One that is due already is left alone: who fires it looks at the calendar again.
        """
        now = self._clock.now()
        waiting = [each for each in await work.campaigns.all() if _waits(each, now)]
        if not waiting:
            return
        days = await self.days(work)
        for campaign in waiting:
            _, done = await work.waves.last(campaign.key)
            slot = upcoming(campaign, done=done, now=now, zone=self._zone, days=days)
            if slot and campaign.next_slot and slot.at != campaign.next_at:
                await work.campaigns.advance(
                    campaign.key,
                    from_slot=campaign.next_slot,
                    next_slot=slot.slot,
                    next_at=slot.at,
                )

    async def _note(
        self, work: UnitOfWork, by: Actor, action: str, subject: str, details: Mapping[str, object]
    ) -> None:
        await work.audit.add(Note(self._clock.now(), by, action, subject, details))


def _waits(campaign: Campaign, now: datetime) -> bool:
    running = campaign.state in (CampaignState.RUNNING, CampaignState.PAUSED)
    return running and campaign.next_at is not None and campaign.next_at > now


def _where(span: ClosedSpan) -> dict[str, object]:
    return {"unit": span.unit, "from": f"{span.first}", "until": f"{span.last}"}
