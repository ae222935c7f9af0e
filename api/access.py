"""Who may call what: every route declares one rule from here, or a test fails."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from secrets import compare_digest
from typing import Annotated

import structlog
from fastapi import Depends, Request

from analytics.figures import Figures
from api.cookies import Cookie, held
from api.limiting import Limits
from survey.domain.access import NOTHING_BELOW, Action, Trees, may, may_somewhere
from survey.domain.accounts import Grant, Stage
from survey.domain.records import ApiKey
from survey.errors import NotFound, Refused, Unknown
from survey.ports.accounts import SignedIn
from survey.services.api_keys import PREFIX, Scope
from survey.settings import Settings
from survey.wiring import Application

_log = structlog.get_logger()

_SECRET_HEADER = b"x-telegram-bot-api-secret-token"


class Rule(StrEnum):
    """The rules that a route can declare."""

    ANYBODY = "anybody"
    OPEN_OR_WRITE_KEY = "anybody for open questionnaires, else a key with responses:write"
    ANYBODY_OR_KEY = "anybody, and more with a key"
    FIGURES = "a key with figures:read, a sign-in for what its roles reach; anybody in demo mode"
    INVITE = "a key with invitations:write"
    READ_CASES = "a key with cases:read"
    WRITE_CASES = "a key with cases:write"
    STAFF = "a sign-in, whose roles allow the action that the route names"
    METRICS = "the token in TELLBACK_METRICS_TOKEN"
    DEMO = "anybody in demo mode, nobody outside it"
    TELEGRAM = "Telegram, by the secret of the webhook"


class SignInNeeded(Unknown):
    """Signing in helps: on a page one is led there."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a key, somebody signed in, or nobody we know.

    `trees` are what lies below what, where somebody is signed in.
    """

    key: ApiKey | None
    demo: bool
    staff: SignedIn | None = None
    trees: Trees = NOTHING_BELOW

    def has(self, scope: Scope) -> bool:
        return self.key is not None and scope in self.key.scopes

    @property
    def grants(self) -> frozenset[Grant]:
        return self.staff.account.grants if self.staff else frozenset()

    def may(self, action: Action, *, unit: str = "", service: str = "") -> bool:
        """Whether somebody signed in may do this there (`survey.domain.access.may`)."""
        return may(self.grants, action, self.trees, unit=unit, service=service)

    def require(self, action: Action, *, unit: str = "", service: str = "") -> None:
        """Raises: NotFound, as for what does not exist."""
        if not self.may(action, unit=unit, service=service):
            raise NotFound(action)

    def may_read_figure(self, *, unit: str, service: str) -> bool:
        """Whether this published figure is theirs to see."""
        if self.has(Scope.READ):
            return True
        if self.staff is not None:
            return self.may(Action.READ_FIGURES, unit=unit, service=service)
        return self.demo and self.key is None

    def require_campaigns(self) -> None:
        """Raises: NotFound, where how campaigns stand is not theirs to see."""
        if self.staff is not None:
            self.require(Action.READ_CAMPAIGNS)


def application(request: Request) -> Application:
    found: Application = request.app.state.application
    return found


def figures(request: Request) -> Figures:
    found: Figures = request.app.state.figures
    return found


App = Annotated[Application, Depends(application)]
ReadSide = Annotated[Figures, Depends(figures)]


class Access:
    """The dependency that applies a rule and the rate limits; gives the caller.

    A sign-in counts for pages of staff, whose forms prove that they are ours, and for looking at
    figures. An API key that comes with it is who calls.
    """

    def __init__(self, rule: Rule, action: Action | None = None) -> None:
        """`action` is what a route of staff does; None where every account may."""
        self.rule, self.action = rule, action

    async def __call__(self, request: Request) -> Caller:
        limits: Limits = request.app.state.limits
        app = application(request)
        if self.rule is Rule.TELEGRAM and _from_telegram(request, app.settings):
            # Everybody's updates come from a few addresses.
            return Caller(None, app.settings.demo)
        limits.address(request)
        if self.rule is Rule.METRICS:
            return _scraper(request, app)
        caller = Caller(await self._key(request, app), app.settings.demo)
        if caller.key is not None:
            app.api_keys.used(caller.key, _pattern(request))
            limits.key(caller.key)
        elif self.rule is Rule.STAFF or (self.rule is Rule.FIGURES and request.method == "GET"):
            caller = await _signed_in(request, app, caller)
        _RULES[self.rule](caller)
        if self.action is not None and not may_somewhere(caller.grants, self.action):
            raise Refused(self.action)
        return caller

    @staticmethod
    async def _key(request: Request, app: Application) -> ApiKey | None:
        if request.scope["query_string"] and any(
            PREFIX in value for value in request.query_params.values()
        ):
            # Without its path: a token may be a part of that.
            _log.warning("api_key_in_url")
            raise Unknown("a key in the URL")
        header = request.headers.get("authorization")
        if header is None:
            return None
        kind, _, secret = header.partition(" ")
        if kind.lower() != "bearer" or not secret:
            raise Unknown("authorization header")
        return await app.api_keys.known(secret.strip())


async def _signed_in(request: Request, app: Application, caller: Caller) -> Caller:
    """The caller with their sign-in, where their browser holds one that is whole and counts."""
    secret = staff_secret(request, app.settings)
    if secret is None:
        return caller
    try:
        staff = await app.staff_sessions.who(secret)
    except Unknown:
        return caller
    if staff.session.stage is not Stage.WHOLE:
        return caller
    return replace(caller, staff=staff, trees=await app.organisation.trees())


def staff_secret(request: Request, settings: Settings) -> str | None:
    """What the browser's cookie holds."""
    return held(request, Cookie.STAFF, settings)


def _pattern(request: Request) -> str:
    """The route's pattern from the beginning; the address itself may hold what was asked."""
    pattern = request.url.path
    for name, value in request.path_params.items():
        # From the end, where parameters stand: a questionnaire may be called "api".
        before, found, after = pattern.rpartition(f"/{value}")
        pattern = f"{before}/{{{name}}}{after}" if found else pattern
    return pattern


def _scraper(request: Request, app: Application) -> Caller:
    """Raises: Unknown; also where no token is set, since then nobody may look."""
    wanted = app.settings.metrics_token.get_secret_value()
    offered = request.headers.get("authorization", "").removeprefix("Bearer ")
    # Bytes: comparing a text beyond ASCII raises.
    if not wanted or not compare_digest(offered.encode(), wanted.encode()):
        raise Unknown("metrics token")
    return Caller(None, app.settings.demo)


def _from_telegram(request: Request, settings: Settings) -> bool:
    """Whether the one secret header holds our secret; as bytes, since it may hold anything."""
    sent = [value for name, value in request.scope["headers"] if name == _SECRET_HEADER]
    secret = settings.telegram_webhook_secret.get_secret_value().encode()
    return len(sent) == 1 and bool(secret) and compare_digest(sent[0], secret)


def _nobody(_: Caller) -> None:
    raise Unknown("no secret, or another one")


def _anybody(_: Caller) -> None:
    return


def _staff(caller: Caller) -> None:
    if caller.staff is None:
        raise SignInNeeded("session")


def _figures(caller: Caller) -> None:
    if caller.staff is not None:
        if not may_somewhere(caller.grants, Action.READ_FIGURES):
            raise Refused(Action.READ_FIGURES)
        return
    if caller.demo and caller.key is None:
        return
    if caller.key is None:
        raise SignInNeeded("figures need a key or a sign-in")
    if not caller.has(Scope.READ):
        raise Refused(Scope.READ)


def _invite(caller: Caller) -> None:
    if caller.key is None:
        raise Unknown("invitations need a key")
    if not caller.has(Scope.INVITE):
        raise Refused(Scope.INVITE)


def _read_cases(caller: Caller) -> None:
    _keyed(caller, Scope.READ_CASES)


def _write_cases(caller: Caller) -> None:
    _keyed(caller, Scope.WRITE_CASES)


def _keyed(caller: Caller, scope: Scope) -> None:
    if caller.key is None:
        raise Unknown("problem reports need a key")
    if not caller.has(scope):
        raise Refused(scope)


def _demo(caller: Caller) -> None:
    if not caller.demo:
        raise Refused("outside demo mode")


def _open_or_write(caller: Caller) -> None:
    if caller.key is not None and not (caller.has(Scope.WRITE) or caller.has(Scope.IMPORT)):
        raise Refused(Scope.WRITE)


_RULES: dict[Rule, Callable[[Caller], None]] = {
    Rule.ANYBODY: _anybody,
    Rule.ANYBODY_OR_KEY: _anybody,
    Rule.OPEN_OR_WRITE_KEY: _open_or_write,
    Rule.FIGURES: _figures,
    Rule.INVITE: _invite,
    Rule.READ_CASES: _read_cases,
    Rule.WRITE_CASES: _write_cases,
    Rule.STAFF: _staff,
    Rule.DEMO: _demo,
    Rule.TELEGRAM: _nobody,
}
