"""/problem: reporting a problem on the pages that surveys have, with files and what is known."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from api.limiting import Limits
from api.web import forms
from api.web.answering import answer, look_back
from api.web.context import KeptFile, KnownProblem, Report, Survey
from api.web.parts import SentFile
from api.web.sessions import COOKIE, set_cookie
from api.web.visits import PROBLEM, Here, Web, asked_language, meet, owner_of, with_query
from survey import report_words
from survey.domain import case_records as records
from survey.domain.cases import Case, CaseKind, EntryKind
from survey.domain.file_kinds import MOST_BYTES
from survey.domain.file_words import unkept, why_refused
from survey.domain.language import moment_in_words
from survey.domain.named import person_of
from survey.domain.problems import may_join
from survey.domain.questionnaire import MOST_FILES, QuestionType
from survey.domain.records import Channel
from survey.domain.reporting import HAPPENED, KIND, REPORT, SERVICE, is_for_few
from survey.domain.turns import (
    NoticeTurn,
    Problem,
    Put,
    QuestionTurn,
    ReviewTurn,
)
from survey.errors import FileRefused, NotFound
from survey.locales import SPOKEN, translations
from survey.services.handovers import Moving
from survey.services.reporters import Reporter
from survey.services.shown import Shown
from survey.wiring import Application

_SEE_OTHER: Final = 303

FILES_LIMIT: Final = 3 * MOST_BYTES
"""Bytes of all files of one form: ten photos as phones take them."""

DRAINED: Final = 4 * FILES_LIMIT
"""Bytes of a body that are read at all, so that a browser shows what is said of it."""

MOST_PARTS: Final = MOST_FILES + 1
"""Files of a body that are read at all; over the limit the page says how many it takes."""

MOST_KNOWN: Final = 5
"""Known problems that the first page offers to join; all of them are on /status."""

REFUSED_FILE: Final = "file"
"""The code of a problem with a file, whose words come with it."""


@dataclass(slots=True)
class ReportHere(Here):
    """One request to the report of a problem; nobody is known by a browser alone."""

    @property
    def address(self) -> str:
        return with_query(PROBLEM, language=self.asked)

    @property
    def unit(self) -> str | None:
        return None

    @property
    def notice(self) -> str:
        return self.at("privacy")

    def at(self, place: str) -> str:
        return f"{PROBLEM}/{place}"

    def require_room(self) -> None:
        """Everybody reports here: one visitor, and one address, must not stop all others."""
        limits: Limits = self.request.app.state.limits
        limits.form(PROBLEM, self.owner, self.request)

    async def away(self) -> Moving | None:
        if not self.visitor.returning:
            return None
        return await self.app.handovers.away(self.owner, (REPORT,), channel=Channel.WEB)

    async def begin(self) -> Shown:
        return await self.app.reports.begin(self.owner, language=self.language)

    async def told(self, shown: Shown, survey: Survey, language: str) -> Survey:
        """With what somebody who reports a problem is told at this place."""
        _, app = translations(language).gettext, self.app
        answers = shown.state.answers
        service = str(answers.get(SERVICE) or (shown.case.service if shown.case else ""))
        urgent: tuple[str, ...] = ()
        known: tuple[KnownProblem, ...] = ()
        few = _for_few(shown, _)
        files: tuple[KeptFile, ...] = ()
        match shown.turn:
            case NoticeTurn():
                urgent = report_words.urgent(_, app.settings)
                known = () if few else await self._known_anywhere(language)
            case QuestionTurn(name=name, type=kind):
                if name == HAPPENED:
                    lines = await app.reports.lines(service) if service else ()
                    urgent = report_words.urgent(_, app.settings, lines)
                if kind is QuestionType.FILE:
                    files = await self._files(shown)
            case ReviewTurn():
                files = await self._files(shown)
                found = () if few else await app.reports.known(service)
                known = tuple(self._known(each.problem, each.schools, language) for each in found)
            case _:
                pass
        told = Report(
            urgent=urgent,
            known=known,
            files=files,
            few=few,
            promise=await self._promise(shown, service, language),
            link=await self._link(shown.case) if shown.case else "",
        )
        return replace(survey, report=told)

    async def _link(self, case: Case) -> str:
        """Empty once it was handed on: the link is the colleague's from then on."""
        async with self.app.begin.read() as work:
            timeline = await work.cases.timeline(case.id)
        if any(each.kind is EntryKind.HANDED_ON for each in timeline):
            return ""
        return f"/case/{self.app.case_links.token(case.link)}"

    async def _known_anywhere(self, language: str) -> tuple[KnownProblem, ...]:
        """What is not fixed, of every service, and planned downtime of the next days."""
        now = self.app.clock.now()
        return tuple(
            self._known(each.problem, each.schools, language)
            for each in await self.app.problems.known()
            if may_join(each.problem, now=now)
        )[:MOST_KNOWN]

    def _known(self, problem: records.Problem, schools: int, language: str) -> KnownProblem:
        return KnownProblem(
            str(problem.id),
            problem.title,
            problem.told,
            schools,
            self._moment(problem.update_by, language),
            begins=self._moment(problem.begins_at, language),
            ends=self._moment(problem.ends_at, language),
        )

    def _moment(self, at: datetime | None, language: str) -> str:
        return moment_in_words(at.astimezone(self.app.settings.zone), language) if at else ""

    async def _files(self, shown: Shown) -> tuple[KeptFile, ...]:
        given = given_files(shown)
        kept = {str(each.id): each for each in await self.app.reports.files(shown.conversation)}
        gettext = translations(shown.state.language).gettext
        return tuple(
            KeptFile(each, found.name, unkept(gettext, found.name, found.refused))
            if found.refused
            else KeptFile(each, found.name)
            for each in given
            if (found := kept.get(each)) is not None
        )

    async def _promise(self, shown: Shown, service: str, language: str) -> str:
        if shown.case is None:
            return ""
        _ = translations(language).gettext
        services = {each.key: each for each in await self.app.organisation.services()}
        called = services[service].called(language) if service in services else service
        by = shown.case.acknowledge_by
        return report_words.promise(_, called, by, zone=self.app.settings.zone, language=language)


def _for_few(shown: Shown, _: report_words.Words) -> str:
    """Who reads a report that only few do; empty where it is like others."""
    answers = shown.state.answers
    if not is_for_few(shown.published.questionnaire, answers):
        return ""
    astray = answers.get(KIND) == CaseKind.DATA_ASTRAY
    return report_words.astray(_) if astray else report_words.routed(_)


async def meet_for(request: Request, app: Application) -> Here:
    """Who came to what, a report or a survey. Raises: as `visits.meet`."""
    path = request.url.path
    if path == PROBLEM or path.startswith(f"{PROBLEM}/"):
        return await _meet_report(request, app)
    return await meet(request, app)


async def _meet_report(request: Request, app: Application) -> ReportHere:
    """Who came to report a problem. Raises: NotFound."""
    await app.reports.prepare()
    web: Web = request.app.state.web
    listed = await app.catalogue.get(REPORT)
    visitor = await web.visitors.meet(request.cookies.get(COOKIE))
    return ReportHere(request, app, web, listed, visitor, asked_language(request))


def given_files(shown: Shown) -> tuple[str, ...]:
    """The ids of the files that were answered so far, wherever that is asked."""
    for question in shown.published.questionnaire.questions:
        given = shown.state.answers.get(question.name)
        if question.type is QuestionType.FILE and isinstance(given, tuple):
            return given
    return ()


async def take_files(
    here: Here, shown: Shown, posted: forms.FilesSent, files: tuple[SentFile, ...]
) -> tuple[Shown, Problem | None]:
    """Keep what was chosen for the report, and answer its question; what is wrong with one is said.

    Files that could be kept are there already when the page comes again; one that is there with the
    same content is there once, as where a form is sent again. Without any, the question is skipped.
    """
    given, told = given_files(shown), translations(shown.state.language).gettext
    if len(given) + len(files) > MOST_FILES:
        many = told("Choose at most %(most)s files") % {"most": MOST_FILES}
        return await look_back(here, shown, posted.question), Problem(REFUSED_FILE, many)
    limits: Limits = here.request.app.state.limits
    faults, sender = [], limits.source(here.request)
    there = await here.app.reports.files(shown.conversation)
    known = {each.digest for each in there if str(each.id) in given}
    for file in files:
        try:
            kept = await here.app.attachments.keep(
                file.name,
                file.content.read(),
                conversation=shown.conversation,
                sender=sender,
            )
        except FileRefused as refused:
            why = why_refused(refused.reason, told)
            faults.append(f"{file.name}: {why}" if file.name else why)
            continue
        if kept.digest in known:
            await here.app.reports.drop(shown.conversation, kept.id, owner=here.owner)
            continue
        known.add(kept.digest)
        given = (*given, str(kept.id))
    shown = await answer(here, shown, Put(posted.question, given))
    if not faults:
        return shown, None
    return await look_back(here, shown, posted.question), Problem(REFUSED_FILE, " ".join(faults))


async def remove_file(here: Here, shown: Shown, posted: forms.FileRemoved) -> Shown:
    """Take one file out of the report again; one that is not there changes nothing."""
    given = given_files(shown)
    if posted.file not in given:
        return shown
    left = tuple(each for each in given if each != posted.file)
    shown = await answer(here, shown, Put(posted.question, left))
    await here.app.reports.drop(shown.conversation, UUID(posted.file), owner=here.owner)
    return shown


async def begin_as(request: Request, app: Application, person: UUID, *, language: str) -> Response:
    """Begin a report, in this browser, of whoever came by a link of their own: their school and
    where they are answered are known then."""
    web: Web = request.app.state.web
    visitor = await web.visitors.meet(request.cookies.get(COOKIE))
    spoken = language if language in SPOKEN else None
    visitor = await web.visitors.keep(visitor, language=spoken)
    await app.reports.begin(owner_of(visitor), language=language, person=person)
    response = RedirectResponse(PROBLEM, _SEE_OTHER)
    set_cookie(response, visitor, secure=app.settings.secure_cookies)
    return response


async def join(here: Here, shown: Shown, problem: str) -> None:
    """Report a known problem as well, in one press. Raises: NotFound; StaleRevision."""
    try:
        known = UUID(problem)
    except ValueError as error:
        raise NotFound("problem") from error
    await here.app.reports.join(
        known,
        Reporter(person=person_of(shown.state.reporter)),
        unit=shown.state.unit.key if shown.state.unit else "",
        language=shown.state.language,
        conversation=shown.conversation,
        owner=here.owner,
    )
