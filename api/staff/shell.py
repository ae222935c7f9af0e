"""What all pages of staff share: who is at the desk, the frame of a page, and forms that count.

A page is asked for by somebody signed in whose roles allow its action (`staffed`); a form counts
when it comes from a page of ours. What was done is told on the next page, once, by a cookie that
holds a word from `said.SAID` and a number: nothing that anybody could write into it is shown.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.access import Access, App, Caller, Rule, staff_secret
from api.cookies import Cookie, give, held, take_back
from api.staff.notices import Standstill, standstill
from api.staff.roles import Places
from api.staff.said import said
from api.staff.tree import indented
from api.web import forms
from api.web.context import Visit
from api.web.forms import ForeignForm
from api.web.security import post_is_ours
from api.web.sessions import form_token
from api.web.visits import Web, preferred_language
from survey.domain.access import Action, may_somewhere
from survey.domain.accounts import Account
from survey.domain.audit import Actor
from survey.domain.language import N_
from survey.locales import SPOKEN, translations
from survey.wiring import Application

HOME: Final = "/staff"

UNIT: Final = "unit"
"""How addresses name the unit that a page is about."""

ALL_UNITS: Final = N_("All schools and departments")

_FLASH_SECONDS: Final = 60

MENU: Final[tuple[tuple[str, str, Action | None], ...]] = (
    ("/staff/trends", N_("Figures"), Action.READ_FIGURES),
    ("/staff/campaigns", N_("Campaigns"), Action.READ_CAMPAIGNS),
    ("/staff/cases", N_("Problem reports"), Action.READ_CASES),
    ("/staff/handed-over", N_("Problem reports"), Action.ANSWER_HANDED_OVER),
    ("/staff/problems", N_("Problems"), Action.READ_CASES),
    ("/staff/actions", N_("Actions"), Action.READ_CASES),
    ("/staff/people", N_("People"), Action.READ_PEOPLE),
    ("/staff/units", N_("Schools and departments"), Action.READ_UNITS),
    ("/staff/services", N_("Services"), Action.READ_SERVICES),
    ("/staff/calendar", N_("Calendar"), Action.READ_CAMPAIGNS),
    ("/staff/accounts", N_("Accounts"), Action.ACCOUNTS),
    ("/staff/keys", N_("Keys"), Action.KEYS),
    ("/staff/audit", N_("Record"), Action.AUDIT),
)
"""The service navigation: path, name, and what one must be allowed somewhere to see it."""


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the way to a page; the page itself is not among them."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field of a form: `field` is its id on the page."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Switch:
    """In the frame: the units among which the pages of staff can be turned.

    `options` are (key, name), '' the whole body; `kept` are the other fields of the address.
    """

    path: str
    chosen: str
    options: Sequence[tuple[str, str]]
    kept: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """One request of somebody signed in; in a demonstration, anybody's who looks at figures."""

    request: Request
    app: Application
    caller: Caller
    standstill: Standstill | None = field(default=None, kw_only=True)

    @property
    def web(self) -> Web:
        found: Web = self.request.app.state.web
        return found

    @property
    def secret(self) -> str:
        """Of the session's cookie."""
        return staff_secret(self.request, self.app.settings) or ""

    @property
    def account(self) -> Account:
        """Of whoever is signed in."""
        assert self.caller.staff is not None
        return self.caller.staff.account

    @property
    def actor(self) -> Actor:
        """Who the record says did it."""
        return Actor.account(self.account.id)

    @property
    def language(self) -> str:
        """As the address asks or asked last, as the account chose, as the browser prefers."""
        asked_last = held(self.request, Cookie.LANGUAGE, self.app.settings)
        chosen = self.caller.staff.account.language if self.caller.staff else None
        for language in (self._asked_language, asked_last, chosen):
            if language in SPOKEN:
                return language
        return preferred_language(self.request.headers.get("accept-language", ""))

    @property
    def _asked_language(self) -> str:
        return self.request.query_params.get("language", "")

    def say(self, sentence: str) -> str:
        """In the language of the page; mark literals that are not given here with `N_`."""
        return translations(self.language).gettext(sentence)

    @property
    def visit(self) -> Visit:
        return Visit(
            language=self.language,
            languages=tuple(SPOKEN),
            path=_without_language(self.request),
            csrf=form_token(self.secret),
            addressed=True,
        )

    async def switch(
        self, action: Action, *, service: str = "", chosen: str | None = None
    ) -> Switch:
        """The units in which they may do this, for `page`; `chosen` is the address's `unit`."""
        units = [
            unit
            for unit in await self.app.units.choosable()
            if self.caller.may(action, unit=unit.key, service=service)
        ]
        options = indented(units)
        if self.caller.may(action, service=service):
            options = [("", self.say(ALL_UNITS)), *options]
        query = self.request.query_params
        return Switch(
            path=self.request.url.path,
            chosen=query.get(UNIT, "") if chosen is None else chosen,
            options=options,
            kept=[each for each in query.multi_items() if each[0] not in (UNIT, "page")],
        )

    def page(
        self,
        template: str,
        title: str,
        *,
        crumbs: Sequence[Crumb] = (),
        faults: Sequence[Fault] = (),
        status: int = 200,
        switch: Switch | None = None,
        **values: Any,
    ) -> Response:
        """A page in the frame of staff; with faults its status is 422 unless another is given."""
        told = said(
            held(self.request, Cookie.SAID, self.app.settings) or "",
            translations(self.language),
            now=self.app.clock.now(),
            zone=self.app.settings.zone,
            language=self.language,
        )
        page = self.web.pages.render(
            template,
            visit=self.visit,
            title=title,
            staff=self.caller.staff,
            menu=[
                (path, self.say(name), is_at(self.request.url.path, path))
                for path, name, _ in self.menu()
            ],
            switch=switch,
            crumbs=crumbs,
            faults=faults,
            said=told,
            notices=self.standstill.lines(self.say) if self.standstill else (),
            **values,
        )
        response = HTMLResponse(page, 422 if faults and status == 200 else status)
        if told:
            take_back(response, Cookie.SAID, self.app.settings)
        if self._asked_language in SPOKEN:
            give(response, Cookie.LANGUAGE, self._asked_language, self.app.settings)
        return response

    def menu(self) -> list[tuple[str, str, Action | None]]:
        """What of `MENU` is theirs to open; who is not signed in has no menu."""
        return [
            (path, name, action)
            for path, name, action in MENU
            if self.caller.staff is not None
            and (action is None or may_somewhere(self.caller.grants, action))
        ]

    def go(self, path: str, said: str = "", number: int = 0) -> Response:
        """Answer a form by another page, which tells that it was done (a word of `said.SAID`)."""
        response = RedirectResponse(path, 303)
        if said:
            kept = f"{said}:{number}"
            give(response, Cookie.SAID, kept, self.app.settings, seconds=_FLASH_SECONDS)
        return response

    async def form(self) -> FormData:
        """The fields that were posted. Raises: ForeignForm, UnreadableForm, FormTooLong."""
        form = await forms.read_body(self.request)
        self.require_ours(str(form.get("csrf") or ""))
        return form

    def require_ours(self, token: str) -> None:
        """Raises: ForeignForm, where a post does not come from a page that we gave them."""
        ours = post_is_ours(
            self.request.headers,
            token,
            token=form_token(self.secret),
            origins=self.web.origins,
        )
        if not ours:
            raise ForeignForm("csrf")


def staffed(action: Action | None = None) -> Callable[..., Awaitable[Desk]]:
    """The dependency of a page of staff: somebody signed in, who may do this somewhere."""

    async def open_desk(
        request: Request,
        app: App,
        caller: Annotated[Caller, Depends(Access(Rule.STAFF, action))],
    ) -> Desk:
        return await at_desk(request, app, caller)

    return open_desk


async def at_desk(request: Request, app: Application, caller: Caller) -> Desk:
    """The desk of this request, which knows what is held or paused now."""
    desk = Desk(request, app, caller)
    found = await standstill(app, caller, say=desk.say, language=desk.language)
    return replace(desk, standstill=found)


async def places_of(desk: Desk) -> Places:
    """Names of all units and services, in the language of the page."""
    organisation = desk.app.organisation
    return Places.of(await organisation.units(), await organisation.services(), desk.language)


def is_at(path: str, entry: str) -> bool:
    """Whether a page belongs to an entry of the menu: it is that page, or lies below it."""
    return path == entry or path.startswith(f"{entry}/")


def _without_language(request: Request) -> str:
    """This page's address, to which a language can be added."""
    url = request.url.remove_query_params("language")
    return f"{url.path}?{url.query}" if url.query else url.path
