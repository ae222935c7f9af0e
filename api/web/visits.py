"""One request to one survey: who came, to what, in which language, and how far they are."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request

from api.limiting import Limits
from api.web.context import Keying, Survey, Visit
from api.web.pages import Pages
from api.web.sessions import COOKIE, Visitor, Visitors
from survey.domain.inviting import last_day, takes_answers
from survey.domain.questionnaire import QuestionType
from survey.domain.records import Channel, KeyedFrom, keyed_owner
from survey.domain.reporting import REPORT
from survey.domain.secrets import digest
from survey.domain.turns import Phase, UnitCandidate
from survey.errors import (
    DraftUnreadable,
    FeedbackError,
    NotFound,
    QuestionnaireClosed,
    WaveClosed,
)
from survey.locales import SPOKEN
from survey.services.catalogue import Listed, Published
from survey.services.handovers import Moving
from survey.services.shown import Shown
from survey.wiring import Application

PROBLEM: Final = "/problem"
"""Where problems are reported."""

ANSWERING: Final = "/answer"
"""Where the pages of what somebody was invited to begin."""


@dataclass(frozen=True, slots=True)
class Web:
    """What the pages of the form need beside the application."""

    pages: Pages
    visitors: Visitors
    origins: tuple[str, ...]


@dataclass(slots=True)
class Here:
    """One request to one survey, with who sent it; the visitor changes as the session does.

    `asked` is the language that the address names.
    """

    request: Request
    app: Application
    web: Web
    listed: Listed
    visitor: Visitor
    asked: str | None

    @property
    def key(self) -> str:
        return self.listed.row.key

    @property
    def published(self) -> Published:
        """What is asked of a newcomer."""
        return self.listed.published

    @property
    def begins(self) -> bool:
        """Whether somebody can begin here, and not only go on."""
        return True

    def require_room(self) -> None:
        """Count a post to this address. Raises: TooMany."""
        limits: Limits = self.request.app.state.limits
        limits.link(self.key)

    @property
    def owner(self) -> str:
        return owner_of(self.visitor)

    @property
    def language(self) -> str:
        """A newcomer's: as the link asks, as chosen earlier, as the browser prefers."""
        remembered = self.visitor.session.language if self.visitor.session else None
        header = self.request.headers.get("accept-language", "")
        return self.asked or remembered or preferred_language(header)

    @property
    def keying(self) -> Keying | None:
        """What staff are told who key in somebody else's answers."""
        return None

    @property
    def address(self) -> str:
        """The survey's address, with the unit and the language where the link names them."""
        return with_query(f"/s/{self.key}", unit=self.unit, language=self.asked)

    @property
    def unit(self) -> str | None:
        """The key of the unit that the link fixes."""
        return self.request.query_params.get("unit")

    @property
    def notice(self) -> str:
        """The address of the whole privacy notice."""
        return f"/s/{self.key}/privacy"

    def at(self, place: str) -> str:
        """The address of a page of the survey; it keeps the unit, should the answers be lost."""
        return with_query(f"/s/{self.key}/{place}", unit=self.unit)

    def visit(self, languages: Sequence[str], spoken: str) -> Visit:
        """The page's own words are in the language of the questionnaire's, where we speak it."""
        return Visit(
            language=spoken if spoken in SPOKEN else "en",
            languages=tuple(code for code in languages if code in SPOKEN) or ("en",),
            path=self.address,
            csrf=self.visitor.csrf,
        )

    async def told(self, shown: Shown, survey: Survey, language: str) -> Survey:  # noqa: ARG002
        """The same with what is told at this place besides what every survey tells: nothing."""
        return survey

    async def current(self) -> Shown | None:
        """This visitor's newest conversation about this survey, over or not."""
        if not self.visitor.returning:
            return None
        return await self.app.conversations.current(self.owner, self.key, wave="")

    async def away(self) -> Moving | None:
        """What this visitor took to the chat, and can take back."""
        if not self.visitor.returning:
            return None
        return await self.app.handovers.away(self.owner, (self.key,), channel=Channel.WEB)

    async def take_back(self) -> None:
        """Raises: as `Handovers.take_back`."""
        await self.app.handovers.take_back(self.owner, self.key, channel=Channel.WEB)

    async def preview(self) -> Shown:
        """The notice as a newcomer sees it; nothing is stored. Raises: as `begin`."""
        unit = await self._fixed()
        return await self.app.conversations.preview(
            self.key, language=self.language, unit=unit, unit_fixed=unit is not None
        )

    async def begin(self) -> Shown:
        """Raises: NotFound, QuestionnaireClosed, AnswerRejected (the link lacks its unit)."""
        unit = await self._fixed()
        return await self.app.conversations.begin(
            self.owner, self.key, language=self.language, unit=unit, unit_fixed=unit is not None
        )

    async def _fixed(self) -> UnitCandidate | None:
        return await self.app.conversations.unit(self.unit) if self.unit else None

    def refuse_if_closed(self, shown: Shown | None) -> None:
        """Raises: QuestionnaireClosed. Its page gives back the texts of the draft as well."""
        self.request.state.drafted = texts_of(shown) if shown else ()
        if self.listed.row.closed_at is not None:
            raise QuestionnaireClosed(self.key)


class Elsewhere(FeedbackError):
    """What is asked for was begun in another browser, or this one has forgotten it."""

    code = "elsewhere"


@dataclass(slots=True)
class InvitedHere(Here):
    """The same to what somebody was invited to and has begun: its address names the conversation.

    So a browser can hold several, and what it answers by an open link beside them; in any other
    browser the address leads nowhere. `shown` is the conversation as it was found, or `moved` what
    became of it where it was taken to the chat. `keyed` says that staff key in what somebody else
    answered, and where that came from.
    """

    conversation: UUID
    shown: Shown | None
    moved: Moving | None
    keyed: KeyedFrom | None = None

    @property
    def owner(self) -> str:
        own = owner_of(self.visitor)
        return keyed_owner(self.keyed, own) if self.keyed else own

    @property
    def published(self) -> Published:
        found = self.shown or self.moved
        assert found is not None
        return found.published

    @property
    def begins(self) -> bool:
        return False

    def require_room(self) -> None:
        limits: Limits = self.request.app.state.limits
        limits.link(str(self.conversation))

    @property
    def address(self) -> str:
        return with_query(f"{ANSWERING}/{self.conversation}", language=self.asked)

    @property
    def keying(self) -> Keying | None:
        wave = self.shown.wave if self.shown else None
        if self.keyed is None or wave is None:
            return None
        return Keying(self.keyed, f"/staff/campaigns/{wave.campaign}/key-in")

    @property
    def notice(self) -> str:
        return self.at("privacy")

    def at(self, place: str) -> str:
        return f"{ANSWERING}/{self.conversation}/{place}"

    async def current(self) -> Shown | None:
        return self.shown

    async def away(self) -> Moving | None:
        return self.moved

    async def take_back(self) -> None:
        if self.moved is not None:
            take = self.app.handovers.take_back
            await take(self.owner, self.key, channel=Channel.WEB, wave=self.moved.wave)

    def refuse_if_closed(self, shown: Shown | None) -> None:
        """Raises: WaveClosed. Its page gives back the texts of the draft as well."""
        self.request.state.drafted = texts_of(shown) if shown else ()
        wave = shown.wave if shown else None
        if wave is not None and not takes_answers(wave, now=self.app.clock.now()):
            raise WaveClosed(wave.key, last_day(wave, self.app.settings.zone))


async def meet(request: Request, app: Application) -> Here:
    """Who came to what, by the parts of the address.

    Raises: NotFound, also where a survey is not open to anybody; Elsewhere.
    """
    if "conversation" in request.path_params:
        return await _meet_invited(request, app, request.path_params["conversation"])
    return await _meet_anybody(request, app, request.path_params["key"])


async def _meet_invited(request: Request, app: Application, conversation: UUID) -> InvitedHere:
    """Raises: Elsewhere."""
    web: Web = request.app.state.web
    visitor = await web.visitors.meet(request.cookies.get(COOKIE))
    owner, shown, moved, keyed = owner_of(visitor), None, None, None
    if visitor.returning:
        for keyed in (None, *KeyedFrom):
            here = keyed_owner(keyed, owner) if keyed else owner
            with suppress(NotFound, DraftUnreadable):
                shown = await app.conversations.resume(conversation, owner=here)
                break
        if shown is None:
            keyed = None
            moved = await app.handovers.away(owner, (), channel=Channel.WEB, invited=True)
    found = shown or moved
    if found is None or found.conversation != conversation or not found.wave:
        raise Elsewhere("conversation")
    request.state.keyed = keyed
    listed = await app.catalogue.get(found.published.version.questionnaire)
    return InvitedHere(
        request,
        app,
        web,
        listed,
        visitor,
        asked_language(request),
        conversation,
        shown,
        moved,
        keyed,
    )


async def _meet_anybody(request: Request, app: Application, key: str) -> Here:
    web: Web = request.app.state.web
    listed = await app.catalogue.get(key)
    if not listed.row.open_link or key == REPORT:  # that one has pages of its own
        raise NotFound("questionnaire")
    visitor = await web.visitors.meet(request.cookies.get(COOKIE))
    return Here(request, app, web, listed, visitor, asked_language(request))


def asked_language(request: Request) -> str | None:
    """The language that the address names, where we speak it."""
    asked = request.query_params.get("language")
    return asked if asked in SPOKEN else None


def owner_of(visitor: Visitor) -> str:
    """Whose conversations a visitor's are; the secret itself is never stored."""
    return f"web:{digest(visitor.secret).hex()}"


def preferred_language(header: str) -> str:
    """The first language of an Accept-Language header that we speak, else English."""
    for part in header.split(","):
        code = part.partition(";")[0].strip().lower()[:2]
        if code in SPOKEN:
            return code
    return "en"


def with_query(path: str, **named: str | None) -> str:
    """An address with those of the parameters that have a value."""
    query = urlencode({name: value for name, value in named.items() if value})
    return f"{path}?{query}" if query else path


def running(shown: Shown | None) -> Shown | None:
    """The conversation, where it is not over."""
    return None if shown is None or shown.state.phase.over else shown


def sent(shown: Shown | None) -> bool:
    return shown is not None and shown.state.phase is Phase.SENT


def types_of(published: Published) -> Mapping[str, QuestionType]:
    return {each.name: each.type for each in published.questionnaire.questions}


def texts_of(shown: Shown) -> tuple[str, ...]:
    """What the person wrote so far in their own words."""
    types = types_of(shown.published)
    return tuple(
        value
        for name, value in shown.state.answers.items()
        if isinstance(value, str) and types.get(name) is QuestionType.TEXT
    )
