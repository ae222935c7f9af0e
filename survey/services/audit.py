"""Looking through the record, and making sure that it is as it was recorded."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from survey.domain.audit import Anchor, Checking, Entry, Verdict, Wanted
from survey.domain.named import named_account, named_person
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.ports.audit import Anchors
from survey.services.leases import Held, Leases

PAGE: Final = 50
_STEP: Final = 1000
_FOUND_WHOLE: Final = "audit found whole"
_SUBJECTS: Final = ("unit", "service", "questionnaire", "key", "event", "import")

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries; `more` says that others follow the last."""

    entries: tuple[Entry, ...]
    more: bool


class Audit:
    def __init__(
        self, begin: Begin, clock: Clock, ids: Ids, anchors: Anchors, leases: Leases, zone: ZoneInfo
    ) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids
        self._anchors, self._leases, self._zone = anchors, leases, zone

    async def find(
        self,
        wanted: Wanted,
        *,
        about: str = "",
        newest_first: bool = True,
        beyond: int | None = None,
        limit: int = PAGE,
    ) -> Page:
        """One page of what is wanted.

        `about` is what somebody would type to say whom or what it is about: the key of a person,
        unit, service or questionnaire, the address of a person or an account, or "kind:key".
        """
        async with self._begin.read() as work:
            if about:
                wanted = replace(wanted, subjects=await _subjects(work, about.strip()))
            found = await work.audit.find(
                wanted, newest_first=newest_first, beyond=beyond, limit=limit + 1
            )
        return Page(tuple(found[:limit]), len(found) > limit)

    async def verify(self) -> Verdict:
        """Whether the record is as it was recorded; when it is, that is noted with the time."""
        verdict, _ = await self._checked()
        return verdict

    async def _checked(self) -> tuple[Verdict, Anchor]:
        """The verdict, and the end of the chain that it holds for."""
        anchors = await asyncio.to_thread(self._anchors.all)
        async with self._begin.read() as work:
            end = await work.audit.end()
        checking = Checking(anchors, end)
        verdict = await self._walk(checking, until=end.last) or checking.finish()
        if verdict.whole:
            async with self._begin() as work:
                await work.leases.note(_FOUND_WHOLE, self._ids.uuid(), at=self._clock.now())
                await work.commit()
        else:
            _log.error("audit_broken", number=verdict.broken, why=verdict.why)
        today = self._clock.now().astimezone(self._zone).date()
        return verdict, Anchor(today, end.number, end.digest)

    async def _walk(self, checking: Checking, *, until: int) -> Verdict | None:
        """In steps of their own transaction, hashed on a thread: nobody waits for it."""
        after: int | None = None
        step = _STEP
        while True:
            try:
                async with self._begin.read() as work:
                    entries = await work.audit.in_order(after=after, until=until, limit=step)
            except ValueError:
                if step == 1:
                    return checking.unreadable()
                step = 1  # to find out which one it is
                continue
            if not entries:
                return None
            broken = await asyncio.to_thread(partial(checking.take, entries))
            if broken is not None:
                return broken
            after = entries[-1].number

    async def found_whole(self) -> datetime | None:
        """When it was last verified and nothing was wrong."""
        async with self._begin.read() as work:
            noted = await work.leases.get(_FOUND_WHOLE)
        return noted.until if noted else None

    async def anchor(self) -> Verdict | None:
        """Once a day: verify the record, and write down outside the database where it ends.

        Whoever rewrites all of the database's record afterwards is found by it. None where that
        was done today. A record that is not whole is anchored no more.
        """
        return await self._leases.alone("audit", self._anchor)

    async def _anchor(self, _: Held) -> Verdict | None:
        today = self._clock.now().astimezone(self._zone).date()
        anchors = await asyncio.to_thread(self._anchors.all)
        if any(anchor.day >= today for anchor in anchors if not anchor.restored):
            return None
        verdict, anchor = await self._checked()
        if verdict.whole and anchor.number:
            await asyncio.to_thread(self._anchors.put, anchor)
            _log.info("audit_anchored", number=anchor.number, digest=anchor.digest.hex())
        return verdict

    async def restored(self) -> None:
        """A backup was put back, and is the installation from now on: what was anchored after it
        was made is not to be missed.
        """
        async with self._begin.read() as work:
            end = await work.audit.end()
        today = self._clock.now().astimezone(self._zone).date()
        anchor = Anchor(today, end.number, end.digest, restored=True)
        await asyncio.to_thread(self._anchors.put, anchor)


async def _subjects(work: UnitOfWork, about: str) -> frozenset[str]:
    """All that somebody may mean by this word."""
    found = {about, *(f"{kind}:{about}" for kind in _SUBJECTS)}
    try:
        bare = UUID(about)
    except ValueError:
        pass
    else:
        found |= {f"{kind}:{bare}" for kind in ("person", "account", *_SUBJECTS)}
    if (account := await work.accounts.by_email(about)) is not None:
        found.add(named_account(account.id))
    known = await work.people.by_key(about)
    people = [*([known] if known else []), *await work.people.by_email(about)]
    return frozenset({*found, *(named_person(person.id) for person in people)})
