"""A survey in memory behind the real pages, forms, sessions and headers: no engine, no storage.

It walks notice, unit, four questions, check, confirmation, and takes answers almost unseen.
"""

from dataclasses import dataclass, field, replace

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from api.web.environment import STATIC, STATIC_PATH
from api.web.fields import as_text
from api.web.forms import (
    Posted,
    UnitPicked,
    UnitSought,
    read_body,
    read_input,
    typed,
)
from api.web.pages import Pages
from api.web.security import SecurityHeaders, post_is_ours
from api.web.sessions import COOKIE, Visitor, Visitors, set_cookie
from api.web.troubles import Trouble
from api.web.words import FORM_TOKEN
from survey.domain.expressions import Value
from survey.domain.turns import (
    UNIT,
    Back,
    Change,
    OverTurn,
    Phase,
    Problem,
    Put,
    QuestionTurn,
    ReviewLine,
    ReviewTurn,
    Say,
    Skip,
    Start,
    Submit,
    Turn,
    UnitTurn,
)
from tests.api.web import samples
from tests.api.web.fakes import CountingIds, MemorySessions, StoppedClock

PATH = "/s/people-pulse"
QUESTIONS = (samples.PRIDE, samples.USED, samples.WHEN, samples.COMMENT)
TYPES = {question.name: question.type for question in QUESTIONS}


@dataclass(slots=True)
class Draft:
    """How far one visitor has come; `step` counts notice, unit, questions, check."""

    step: int = 0
    unit: str = ""
    answers: dict[str, Value] = field(default_factory=dict)
    changing: bool = False
    over: Phase | None = None


@dataclass(slots=True)
class Demo:
    """`app` is what to serve; `drafts` what visitors have given, by secret."""

    pages: Pages = field(default_factory=lambda: Pages(samples.SITE))
    drafts: dict[str, Draft] = field(default_factory=dict)
    visitors: Visitors = field(
        default_factory=lambda: Visitors(MemorySessions(), clock=StoppedClock(), ids=CountingIds())
    )

    @property
    def app(self) -> ASGIApp:
        routes = [
            Route(PATH, self.show, methods=["GET"]),
            Route(PATH, self.take, methods=["POST"]),
            Mount(STATIC_PATH, StaticFiles(directory=STATIC, check_dir=False)),
        ]
        return SecurityHeaders(Starlette(routes=routes), https=False)

    async def show(self, request: Request) -> Response:
        visitor = await self.visitors.meet(request.cookies.get(COOKIE))
        return self._page(visitor, self._turn(self._draft(visitor)))

    async def take(self, request: Request) -> Response:
        visitor = await self.visitors.meet(request.cookies.get(COOKIE))
        form = await read_body(request)
        if not visitor.returning:
            trouble = Trouble.NO_COOKIE
            kept = tuple(text for texts in typed(form).values() for text in texts)
            page = self.pages.trouble(trouble, visit=replace(samples.VISIT, csrf=""), kept=kept)
            return HTMLResponse(page, status_code=trouble.status)
        draft = self._draft(visitor)
        if not post_is_ours(
            request.headers,
            str(form.get("csrf", "")),
            token=visitor.csrf,
            origins=(str(request.base_url),),
        ):
            html = self.pages.turn(
                self._turn(draft),
                survey=samples.SURVEY,
                visit=replace(samples.VISIT, csrf=visitor.csrf),
                typed=typed(form),
                problem=Problem(FORM_TOKEN),
            )
            return HTMLResponse(html, status_code=403)
        visitor = await self.visitors.keep(visitor)
        self.drafts.setdefault(visitor.secret, draft)
        shown = self._step(draft, read_input(form, TYPES))
        if shown is None:
            return RedirectResponse(PATH, status_code=303)
        html = self.pages.turn(
            shown,
            survey=samples.SURVEY,
            visit=replace(samples.VISIT, csrf=visitor.csrf),
            typed=typed(form),
        )
        return HTMLResponse(html)

    def _draft(self, visitor: Visitor) -> Draft:
        return self.drafts.get(visitor.secret, Draft())

    def _page(self, visitor: Visitor, turn: Turn) -> Response:
        visit = replace(samples.VISIT, csrf=visitor.csrf)
        if isinstance(turn, OverTurn) and turn.phase is Phase.SENT:
            html = self.pages.done(reference="K7M-4QX", survey=samples.SURVEY, visit=visit)
        else:
            html = self.pages.turn(turn, survey=samples.SURVEY, visit=visit)
        response = HTMLResponse(html)
        set_cookie(response, visitor, secure=False)
        return response

    def _turn(self, draft: Draft) -> Turn:
        if draft.over is not None:
            return OverTurn(draft.over)
        if draft.step == 0:
            return samples.NOTICE
        if draft.step == 1:
            return UnitTurn()
        if draft.step <= len(QUESTIONS) + 1:
            return self._question(draft, QUESTIONS[draft.step - 2])
        lines = tuple(
            ReviewLine(question.name, question.label, _shown(draft.answers.get(question.name)))
            for question in QUESTIONS
        )
        return ReviewTurn(lines, unit=draft.unit, unit_can_change=True, revision=4)

    def _question(self, draft: Draft, question: QuestionTurn) -> QuestionTurn:
        given = draft.answers.get(question.name)
        if isinstance(given, str) and given.isdigit():
            return replace(question, given=int(given))
        return replace(question, given=given)

    def _step(self, draft: Draft, posted: Posted) -> Turn | None:
        """Apply what was done; a turn where the answer is not taken."""
        match posted:
            case Start():
                draft.step = 1
            case UnitSought(text=text):
                return _found(text)
            case UnitPicked(key="", sought=text):
                return replace(_found(text), problem=Problem("not_a_choice"))
            case UnitPicked(key=key):
                draft.unit = next(u.name for u in samples.OFFERED if u.key == key)
                self._on(draft)
            case Say(question=name, text=value) | Put(question=name, value=value):
                return self._answer(draft, name, value)
            case Skip(question=name):
                draft.answers[name] = None
                self._on(draft)
            case Back():
                draft.step -= 1
            case Change(question=name):
                names = [UNIT, *TYPES]
                draft.step, draft.changing = 1 + names.index(name), True
            case Submit():
                draft.over = Phase.SENT
            case _:
                raise AssertionError(posted)
        return None

    def _answer(self, draft: Draft, name: str, value: Value) -> Turn | None:
        question = next(question for question in QUESTIONS if question.name == name)
        if not value:
            return replace(question, problem=Problem("required"))
        if isinstance(value, str) and len(value) > 2000:
            return replace(question, problem=Problem("too_long", limit="2000", typed=value))
        draft.answers[name] = value
        self._on(draft)
        return None

    def _on(self, draft: Draft) -> None:
        draft.step = len(QUESTIONS) + 2 if draft.changing else draft.step + 1
        draft.changing = False


def _found(text: str) -> UnitTurn:
    found = tuple(unit for unit in samples.OFFERED if text.lower() in unit.name.lower())
    return UnitTurn(found, typed=text, problem=None if found else Problem("no_unit", typed=text))


def _shown(value: Value) -> str | None:
    return ", ".join(value) if isinstance(value, tuple) else as_text(value) or None
