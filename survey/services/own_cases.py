"""Problem reports as those see them who reported them, or stand in: in chat, on the web, by mail.

Who somebody is, is asked each time: who left a school sees its reports no more from then on.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from survey.domain import reporter_acts
from survey.domain.case_access import is_the_schools
from survey.domain.case_records import Attachment, Coming
from survey.domain.cases import Audience, Case, CaseState, Entry, Said, Verdict
from survey.domain.named import named_person
from survey.domain.people import Person
from survey.domain.records import UpdateKey
from survey.domain.references import named_in
from survey.domain.repeating import kept_before, marked
from survey.domain.telling import why_no_receipt
from survey.errors import FileRefused, NotFound
from survey.ports import Begin
from survey.services.attachments import Attachments
from survey.services.effects import settle
from survey.services.reporters import (
    Reporter,
    is_colleague,
    is_theirs,
    may_act,
    reported_by,
    stands_for,
)
from survey.services.scores import Scores
from survey.services.timelines import Timelines


@dataclass(frozen=True, slots=True)
class OwnCase:
    """A case with what its reporter may read, oldest entry first.

    `is_colleagues` says that somebody of the same school reported it: it can be read and taken
    over, and nothing else. `asks_rating` says that it is over, and they may say how it was handled.
    """

    case: Case
    timeline: tuple[Entry, ...]
    files: tuple[Attachment, ...]
    is_colleagues: bool = False
    asks_rating: bool = False
    no_receipt: str = ""
    """Why no letter could say to them that it came in, as in `Telling.reason`."""


@dataclass(frozen=True, slots=True)
class Received:
    """The case after a message came to it, and which of its files were not taken."""

    case: Case
    refused: tuple[FileRefused, ...] = ()


class OwnCases:
    def __init__(
        self,
        begin: Begin,
        timelines: Timelines,
        scores: Scores,
        attachments: Attachments,
    ) -> None:
        self._begin, self._timelines = begin, timelines
        self._scores, self._attachments = scores, attachments

    async def of(self, who: Reporter) -> Sequence[Case]:
        """Their own, the newest first."""
        async with self._begin.read() as work:
            found = await reported_by(work, who)
            holders = {case.person for case in found if case.person is not None}
            people = await work.people.those(holders)
        return [
            case
            for case in found
            if is_theirs(case, who, people.get(case.person) if case.person else None)
        ]

    async def behind(self, link: UUID) -> UUID:
        """The case that a link leads to, while it is its holder's. Raises: NotFound."""
        async with self._begin.read() as work:
            found = await work.cases.by_link(link)
        if found is None:
            raise NotFound("case")
        return found.id

    async def get(self, case: UUID, who: Reporter) -> OwnCase:
        """Raises: NotFound."""
        async with self._begin.read(one_state=True) as work:
            found = await work.cases.get(case)
            if found is None:
                raise NotFound("case")
            own = await may_act(work, found, who)
            if not own and not await is_colleague(work, found, who):
                raise NotFound("case")
            timeline = await work.cases.timeline(case)
            files = await work.attachments.of_case(case)
            tellings = await work.tellings.of_case(case) if own else ()
            over = own and found.state in _OVER and not reporter_acts.is_rated(timeline)
            unit = await work.organisation.unit(found.unit) if over and found.unit else None
        counted = unit is not None and unit.ended_at is None
        shown = tuple(entry for entry in timeline if entry.for_(Audience.REPORTER))
        theirs = {file for entry in shown for file in entry.files}
        return OwnCase(
            found,
            shown,
            tuple(each for each in files if each.id in theirs),
            is_colleagues=not own,
            asks_rating=counted and await self._scores.takes(found),
            no_receipt=why_no_receipt(found, tellings),
        )

    async def say(
        self,
        case: UUID,
        text: str,
        files: tuple[UUID, ...] = (),
        *,
        who: Reporter,
        update: UpdateKey | None = None,
    ) -> Case:
        """Add a message of theirs.

        `update` is the row of the chat's inbox that this is the effect of; it has it once.

        Raises: NotFound; FieldsRejected; AlreadyApplied; Busy.
        """
        said = reporter_acts.message(text, files)
        return await self._add(case, lambda _case, _timeline: said, who, update)

    async def send(
        self,
        case: UUID,
        text: str,
        files: Sequence[Coming] = (),
        *,
        who: Reporter,
        updates: Sequence[UpdateKey] = (),
        mark: str = "",
    ) -> Received:
        """Add one message of theirs, with files that Telegram still holds: they are fetched later.

        `updates` are the rows of the chat's inbox that this is the effect of: several for an album.
        The first of them waits until its sender has been told: with the `mark` of a message that
        the case has already, nothing is added. Files that are not taken are told of; where nothing
        is left, nothing is added.

        Raises: NotFound; FieldsRejected; AlreadyApplied; Busy.
        """
        reporter_acts.message(text, (case,))
        async with self._begin() as work:
            for update in updates[:1]:
                await work.inbox.require_waiting(update)
            found = await work.cases.get(case)
            if found is None or not await may_act(work, found, who):
                raise NotFound("case")
            if mark and kept_before(await work.cases.timeline(case), mark):
                return Received(found)
            await settle(work, updates[1:])
            kept, refused = await self._attachments.expect(work, files, case=case)
            if kept or text.strip():
                said = reporter_acts.message(text, tuple(each.id for each in kept))
                said = marked(said, mark) if mark else said
                found = await self._timelines.add(work, case, said, by=who.actor)
            await work.commit()
        return Received(found, refused)

    async def meant(self, who: Reporter, *, message: int, text: str) -> UUID | None:
        """The case that a message of ours in their chat is about; None where it is about none, or
        about several.

        What was sent there by itself is known by its number, any other by the reference in its
        text. Whether it is theirs is not asked here.
        """
        named = named_in(text)
        if len(named) > 1:
            return None
        receivers = [named_person(who.person)] if who.person else []
        receivers += [who.chat] if who.chat else []
        async with self._begin.read() as work:
            for receiver in receivers:
                if telling := await work.tellings.by_message(receiver, message):
                    return telling.case
            found = await work.cases.by_reference(named[0]) if named else None
        return found.id if found else None

    async def waiting(
        self, case: UUID, files: Collection[UUID], *, who: Reporter
    ) -> tuple[Attachment, ...]:
        """Those of these files that are kept for this case, and that no entry has yet.

        Raises: NotFound.
        """
        async with self._begin.read() as work:
            found = await work.cases.get(case)
            if found is None or not await may_act(work, found, who):
                raise NotFound("case")
            there = await work.attachments.of_case(case)
        return tuple(each for each in there if each.id in files and each.entry is None)

    async def judge(
        self,
        case: UUID,
        verdict: Verdict,
        text: str = "",
        *,
        who: Reporter,
        update: UpdateKey | None = None,
    ) -> Case:
        """Whether it is fixed, and what is still wrong; to say the same again changes nothing.

        Raises: NotFound; CaseRefused, where nobody says that it is fixed; FieldsRejected;
            AlreadyApplied; Busy.
        """
        return await self._add(
            case,
            lambda found, timeline: reporter_acts.judged(found, timeline, verdict, text),
            who,
            update,
        )

    async def rate(
        self, case: UUID, score: int, *, who: Reporter, update: UpdateKey | None = None
    ) -> Case:
        """How it was handled, from 1 to 5; once each time that it is fixed or declined.

        Kept again after a crash it counts once, the first of two that differ (see `scores`).

        Raises: NotFound; FieldsRejected, where there is no such score; CaseRefused, where it goes
            on as another case, or nothing could count the score (`OwnCase.asks_rating` says so
            before); AlreadyApplied; Busy.
        """
        said = reporter_acts.rated(score)
        async with self._begin.read() as work:
            found = await work.cases.get(case)
            if found is None or not await may_act(work, found, who):
                raise NotFound("case")
            timeline = await work.cases.timeline(case)
        if not reporter_acts.is_rated(timeline):
            await self._scores.keep(found, score, ended_by=reporter_acts.ended_by(timeline))
        return await self._add(
            case,
            lambda _, timeline: None if reporter_acts.is_rated(timeline) else said,
            who,
            update,
        )

    async def hand_on(
        self, case: UUID, to: UUID, *, who: Reporter, update: UpdateKey | None = None
    ) -> Case:
        """Let a colleague of the same school stand in; whoever takes it over themselves may too.

        Raises: NotFound, also where the other does not stand for the school; AlreadyApplied; Busy.
        """
        async with self._begin() as work:
            await settle(work, [update])
            found = await work.cases.get(case)
            if found is None or not is_the_schools(found):
                raise NotFound("case")
            if not await stands_for(work, to, found.unit):
                raise NotFound("case")
            takes_over = who.person == to and await is_colleague(work, found, who)
            if not takes_over and not await may_act(work, found, who):
                raise NotFound("case")
            if found.person != to:
                said = reporter_acts.handed_on(to)
                found = await self._timelines.add(work, case, said, by=who.actor)
            await work.commit()
        return found

    async def colleagues(self, case: UUID, *, who: Reporter) -> Sequence[Person]:
        """To whom they may hand it, by name. Raises: NotFound."""
        async with self._begin.read() as work:
            found = await work.cases.get(case)
            if found is None or not await may_act(work, found, who):
                raise NotFound("case")
            if not is_the_schools(found):
                return []
            beside = await work.people.find(units=[found.unit], limit=100)
        return [each for each in beside.people if each.id != found.person]

    async def _add(
        self,
        case: UUID,
        said: Callable[[Case, Sequence[Entry]], Said | None],
        who: Reporter,
        update: UpdateKey | None,
    ) -> Case:
        async with self._begin() as work:
            await settle(work, [update])
            found = await work.cases.get(case)
            if found is None or not await may_act(work, found, who):
                raise NotFound("case")
            entry = said(found, await work.cases.timeline(case))
            if entry is not None:
                found = await self._timelines.add(work, case, entry, by=who.actor)
            await work.commit()
        return found


_OVER: Final = frozenset({CaseState.CONFIRMED, CaseState.NOT_CONFIRMED, CaseState.DECLINED})
"""Where somebody is asked how it was handled: it goes on after any other."""
