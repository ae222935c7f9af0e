"""The page of one report as whoever reported it sees it: by which link they come, what is shown.

The token of the address is the whole of the proof, as for other links that we send: no cookie is
needed, and a page of somebody else's that posts here would need the token as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from api.limiting import Limits
from api.web.case_words import SCORES, Spoken, asks_verdict, spoken, what_next
from api.web.context import Visit
from api.web.visits import Web, with_query
from survey import report_words
from survey.case_labels import TOLD_EFFECTS, TOLD_KINDS, TOLD_STATES, VERDICTS
from survey.domain.case_records import Attachment
from survey.domain.cases import CaseState, Entry, EntryKind, Side
from survey.domain.distress import noticed
from survey.domain.file_kinds import MOST_AT_ONCE, FileKind
from survey.domain.file_words import why_refused
from survey.domain.language import N_
from survey.domain.records import Service
from survey.domain.telling import TOO_MANY
from survey.errors import NotFound
from survey.locales import SPOKEN, translations
from survey.services.own_cases import OwnCase
from survey.services.reporters import Reporter
from survey.services.tell_words import Speaker
from survey.wiring import Application

TOLD: Final[Mapping[str, str]] = {
    "message": N_("We have your message."),
    "verdict": N_("Thank you. We have noted what you say."),
    "rating": N_("Thank you for saying how we handled it."),
    "school": N_(
        "If we know your e-mail address, a link to your school's reports is on its way. It works "
        "for 24 hours. In Telegram, send /mycases and choose “My school's reports”."
    ),
    "taken_over": N_("The report is yours now. What staff write comes to you."),
}
"""What the next page says was done, by a word in its address."""


_NOT_WRITTEN_TO: Final = (
    N_("We could not send you an e-mail that we have this report."),
    N_("Keep the link of this page: it opens your report without a password."),
)
_TOO_MANY: Final = N_("Too many of these went to your address that day.")


@dataclass(frozen=True, slots=True)
class CaseHere:
    """One request to one report: by which token, what is found, and in which language.

    `asked` is the language that the address names.
    """

    request: Request
    app: Application
    token: str
    found: OwnCase
    services: Mapping[str, Service]
    language: str
    asked: str | None

    @property
    def who(self) -> Reporter:
        return Reporter(link=self.found.case.link)

    def at(self, place: str = "", **query: str | None) -> str:
        """The address of a page of the report, in the language that was asked for."""
        path = f"/case/{self.token}" + (f"/{place}" if place else "")
        return with_query(path, language=self.asked, **query)

    def visit(self, place: str = "") -> Visit:
        path = f"/case/{self.token}" + (f"/{place}" if place else "")
        return Visit(language=self.language, languages=tuple(SPOKEN), path=path, addressed=True)

    def speaker(self) -> Speaker:
        service = self.services.get(self.found.case.service)
        name = service.called(self.language) if service else self.found.case.service
        return Speaker(name, self.language, self.app.settings.zone)


async def meet_case(token: str, request: Request, app: Application) -> CaseHere:
    """Raises: NotFound; TooMany, for somebody who tries one link after the other."""
    limits: Limits = request.app.state.limits
    limits.may_try_links(request)
    link = app.case_links.read(token)
    try:
        if link is None:
            raise NotFound("case")
        found = await app.own_cases.get(await app.own_cases.behind(link), Reporter(link=link))
    except NotFound:
        limits.wrong_link(request)
        raise
    asked = request.query_params.get("language")
    asked = asked if asked in SPOKEN else None
    language = asked or (found.case.language if found.case.language in SPOKEN else "en")
    # Also a page that says that something went wrong is in the language of whom it is for.
    request.state.language = language
    services = {each.key: each for each in await app.organisation.services()}
    return CaseHere(request, app, token, found, services, language, asked)


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a field of the form, in the reader's language."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """What was posted and not taken: it is shown again. `kept` are files that are here already."""

    text: str = ""
    kept: tuple[Attachment, ...] = ()
    wrong_text: str = ""
    verdict: str = ""
    score: str = ""
    faults: tuple[Wrong, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file as the page tells of it: `address` is empty where it cannot be had."""

    name: str
    size: int
    address: str
    picture: bool = False
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of the timeline, with its files."""

    spoken: Spoken
    files: tuple[ShownFile, ...]


def case_page(here: CaseHere, written: Written | None = None, *, status: int = 200) -> Response:
    """The report with everything that can be done to it now."""
    web: Web = here.request.app.state.web
    case, gettext = here.found.case, translations(here.language).gettext
    written = written or Written()
    told = TOLD.get(here.request.query_params.get("told", ""), "")
    speaker = here.speaker()
    page = web.pages.render(
        "case.html",
        visit=here.visit(),
        title=gettext("Your report %(reference)s") % {"reference": case.reference},
        case=case,
        told=gettext(told) if told else "",
        help=_help(here),
        not_written_to=_not_written_to(here),
        state=gettext(TOLD_STATES[case.state]),
        service=speaker.service,
        kind=gettext(TOLD_KINDS[case.kind]),
        effect=gettext(TOLD_EFFECTS[case.effect]),
        next_steps=what_next(case, speaker, here.app.clock.now(), gettext),
        timeline=timeline(here, by_colleague=False),
        verdicts=verdicts(here.found, gettext) if asks_verdict(case) else (),
        still=_is_asked_still(here.found.timeline),
        scores=[(str(score), gettext(word)) for score, word in SCORES],
        asks_rating=here.found.asks_rating,
        waiting=case.state is CaseState.WAITING,
        seen=case.revision,
        most_files=MOST_AT_ONCE,
        here=here,
        written=written,
        faults=written.faults,
        stands_for_school=case.person is not None and bool(case.unit),
    )
    return HTMLResponse(page, status)


def _help(here: CaseHere) -> Sequence[str]:
    """The fixed text, where the last that its reporter wrote has words of danger in it (B20)."""
    theirs = [each for each in here.found.timeline if each.side is Side.REPORTER and each.text]
    concerns = noticed(theirs[-1].text) if theirs else frozenset()
    if not concerns:
        return ()
    gettext = translations(here.language).gettext
    return report_words.help_lines(gettext, here.app.settings, concerns)


def _not_written_to(here: CaseHere) -> Sequence[str]:
    """What is said where no letter could tell them that it came in."""
    if not here.found.no_receipt:
        return ()
    gettext = translations(here.language).gettext
    first, last = map(gettext, _NOT_WRITTEN_TO)
    why = [gettext(_TOO_MANY)] if here.found.no_receipt == TOO_MANY else []
    return [first, *why, last]


def timeline(here: CaseHere, *, by_colleague: bool) -> list[Said]:
    """The entries in words, oldest first; a colleague is told of files by their names alone."""
    gettext, speaker = translations(here.language).gettext, here.speaker()
    files = {each.id: each for each in here.found.files}
    return [
        Said(
            spoken(entry, here.found.case, speaker, gettext, by_colleague=by_colleague),
            tuple(_shown(here, files[each], by_colleague) for each in entry.files if each in files),
        )
        for entry in here.found.timeline
    ]


def _shown(here: CaseHere, file: Attachment, by_colleague: bool) -> ShownFile:
    gettext = translations(here.language).gettext
    if file.refused:
        return ShownFile(file.name, 0, "", refused=why_refused(file.refused, gettext))
    if file.digest is None or by_colleague:
        return ShownFile(file.name, file.size, "")
    address = f"/case/{here.token}/files/{file.id}"
    return ShownFile(file.name, file.size, address, FileKind(file.kind).drawn)


def verdicts(found: OwnCase, gettext: Any) -> Sequence[tuple[str, str]]:
    """What they may say of it now: who confirmed it, and was not asked since, says what is back."""
    confirmed = found.case.state is CaseState.CONFIRMED and not _is_asked_still(found.timeline)
    return [
        (verdict.value, gettext(word))
        for verdict, word in VERDICTS.items()
        if not (confirmed and verdict is found.case.reporter_verdict)
    ]


def _is_asked_still(entries: Sequence[Entry]) -> bool:
    """Whether they were asked, four weeks later, and have not said."""
    asking = (EntryKind.FOLLOWED_UP, EntryKind.CHECKED, EntryKind.JUDGED, EntryKind.REOPENED)
    last = next((each for each in reversed(entries) if each.kind in asking), None)
    return last is not None and last.kind is EntryKind.FOLLOWED_UP
