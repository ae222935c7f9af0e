"""Problem reports as those see them who reported them, or stand in: in chat, on the web, by mail.

Who somebody is, is asked each time: who left a school sees its reports no more from then on.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from survey.domain import reporter_acts
from survey.domain.audit import REPORTER, Actor
from survey.domain.case_access import is_the_schools
from survey.domain.case_records import Attachment, Coming
from survey.domain.cases import (
    Audience,
    Case,
    CaseState,
    Entry,
    EntryKind,
    Said,
    Verdict,
)
from survey.domain.people import Person
from survey.domain.records import UpdateKey
from survey.domain.references import named_in
from survey.domain.telling import why_no_receipt
from survey.errors import (
    CaseRefused,
    FieldsRejected,
    FileRefused,
    IdempotencyMismatch,
    NotFound,
)
from survey.ports import Begin, UnitOfWork
from survey.services.attachments import Attachments
from survey.services.catalogue import Catalogue, Published
from survey.services.responses import Offered, Responses
from survey.services.timelines import Timelines

HANDLING: Final = "problem-handling"
"""The questionnaire that takes what reporters think of how it was handled."""

_SERVICE: Final = "service"
_SCORE: Final = "handling"


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who looks: a known person, a chat ("telegram:BOT:USER") that nobody has joined, or whoever
    holds the link of one case (`Case.link`): it opens as long as the case is theirs to see."""

    person: UUID | None = None
    chat: str | None = None
    link: UUID | None = None

    @property
    def actor(self) -> Actor:
        return Actor.person(self.person) if self.person else REPORTER


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
        catalogue: Catalogue,
        responses: Responses,
        attachments: Attachments,
    ) -> None:
        self._begin, self._timelines = begin, timelines
        self._catalogue, self._responses = catalogue, responses
        self._attachments = attachments

    async def of(self, who: Reporter) -> Sequence[Case]:
        """Their own, the newest first."""
        async with self._begin.read() as work:
            found = await _own(work, who)
            return [case for case in found if await may_act(work, case, who)]

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
            if not own and not await _is_colleague(work, found, who):
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
            asks_rating=counted and await self._takes_score(found),
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
    ) -> Received:
        """Add one message of theirs, with files that Telegram still holds: they are fetched later.

        `updates` are the rows of the chat's inbox that this is the effect of: several for an album.
        Files that are not taken are told of; where nothing is left, nothing is added.

        Raises: NotFound; FieldsRejected; AlreadyApplied; Busy.
        """
        reporter_acts.message(text, (case,))
        async with self._begin() as work:
            for update in updates:
                await _settle(work, update)
            found = await work.cases.get(case)
            if found is None or not await may_act(work, found, who):
                raise NotFound("case")
            kept, refused = await self._expected(work, case, files)
            if kept or text.strip():
                said = reporter_acts.message(text, kept)
                found = await self._timelines.add(work, case, said, by=who.actor)
            await work.commit()
        return Received(found, refused)

    async def _expected(
        self, work: UnitOfWork, case: UUID, files: Sequence[Coming]
    ) -> tuple[tuple[UUID, ...], tuple[FileRefused, ...]]:
        kept, refused = list[UUID](), list[FileRefused]()
        for each in files:
            try:
                file = await self._attachments.expect(
                    work, name=each.name, size=each.size, source=each.source, case=case
                )
            except FileRefused as why:
                refused.append(why)
            else:
                kept.append(file.id)
        return tuple(kept), tuple(refused)

    async def meant(self, who: Reporter, *, message: int, text: str) -> UUID | None:
        """The case that a message of ours in their chat is about; None where it is about none, or
        about several.

        What was sent there by itself is known by its number, any other by the reference in its
        text. Whether it is theirs is not asked here.
        """
        named = named_in(text)
        if len(named) > 1:
            return None
        receivers = [f"person:{who.person}"] if who.person else []
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

        The score goes the way of every confidential answer, about the case's service and school,
        and the case is told only that there was one. Kept again after a crash it counts once, the
        first of two that differ.

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
            await self._score(found, reporter_acts.ended_by(timeline), score)
        return await self._add(
            case,
            lambda _, timeline: None if reporter_acts.is_rated(timeline) else said,
            who,
            update,
        )

    async def _score(self, case: Case, ended_by: int, score: int) -> None:
        """Raises: CaseRefused; Busy."""
        if case.state is CaseState.MERGED or not case.unit or not await self._takes_score(case):
            raise CaseRefused(EntryKind.RATED, case.state)
        offered = Offered(HANDLING, case.unit, None, {_SERVICE: case.service, _SCORE: score})
        # A repeat after a crash may come with another score: the first one counts.
        with suppress(IdempotencyMismatch):
            try:
                await self._responses.accept(
                    offered,
                    open_only=False,
                    scope="case",
                    idempotency_key=f"{case.id}/{ended_by}",
                    # Whoever knows the case would find the score in a digest of it.
                    tells_apart=False,
                )
            except FieldsRejected:  # the school was archived, or the like
                raise CaseRefused(EntryKind.RATED, case.state) from None

    async def _takes_score(self, case: Case) -> bool:
        """Whether what is asked of reporters is there, and about this service too."""
        try:
            listed = await self._catalogue.get(HANDLING)
        except NotFound:
            return False
        return listed.row.closed_at is None and case.service in _services(listed.published)

    async def hand_on(
        self, case: UUID, to: UUID, *, who: Reporter, update: UpdateKey | None = None
    ) -> Case:
        """Let a colleague of the same school stand in; whoever takes it over themselves may too.

        Raises: NotFound, also where the other does not stand for the school; AlreadyApplied; Busy.
        """
        async with self._begin() as work:
            await _settle(work, update)
            found = await work.cases.get(case)
            if found is None or not is_the_schools(found):
                raise NotFound("case")
            if not await _stands_for(work, to, found.unit):
                raise NotFound("case")
            takes_over = who.person == to and await _is_colleague(work, found, who)
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
            await _settle(work, update)
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


def _services(published: Published) -> frozenset[str]:
    choices = published.questionnaire.question(_SERVICE).closed_choices
    return frozenset(each.name for each in choices)


async def _settle(work: UnitOfWork, update: UpdateKey | None) -> None:
    """Raises: AlreadyApplied."""
    if update is not None:
        await work.inbox.require_waiting(update)
        await work.inbox.applied(update)


async def _own(work: UnitOfWork, who: Reporter) -> Sequence[Case]:
    if who.person is not None or who.chat is not None:
        known = await work.cases.of_person(who.person) if who.person else ()
        before = await work.cases.of_chat(who.chat) if who.chat else ()
        return sorted((*known, *before), key=lambda case: case.opened_at, reverse=True)
    only = await work.cases.by_link(who.link) if who.link else None
    return [only] if only else []


async def may_act(work: UnitOfWork, case: Case, who: Reporter) -> bool:
    """Whether it is theirs."""
    by_link = who.link == case.link
    if case.person is None:
        return by_link or (who.chat is not None and who.chat == case.chat)
    if who.person != case.person and not by_link:
        return False
    if case.unit:
        return await _stands_for(work, case.person, case.unit)
    known = await work.people.get(case.person)
    return known is not None and known.ended_at is None


async def _is_colleague(work: UnitOfWork, case: Case, who: Reporter) -> bool:
    """Whether they stand for the school that it is about, where everybody there may see it."""
    if not is_the_schools(case) or who.person is None:
        return False
    return await _stands_for(work, who.person, case.unit)


async def _stands_for(work: UnitOfWork, person: UUID, unit: str) -> bool:
    found = await work.people.get(person)
    return found is not None and found.ended_at is None and unit in found.units
