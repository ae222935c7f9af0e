"""Who may call what: every route declares one rule from here, or a test fails."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from secrets import compare_digest
from typing import Annotated

import structlog
from fastapi import Depends, Request

from analytics.figures import Figures
from api.limiting import Limits
from survey.domain.records import ApiKey
from survey.errors import Refused, Unknown
from survey.services.api_keys import PREFIX, Scope
from survey.wiring import Application

_log = structlog.get_logger()


class Rule(StrEnum):
    """The rules that a route can declare."""

    ANYBODY = "anybody"
    OPEN_OR_WRITE_KEY = "anybody for open questionnaires, else a key with responses:write"
    ANYBODY_OR_KEY = "anybody, and more with a key"
    FIGURES = "a key with figures:read; anybody in demo mode"
    METRICS = "the token in TELLBACK_METRICS_TOKEN"
    DEMO = "anybody in demo mode, nobody outside it"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a key, or nobody we know."""

    key: ApiKey | None
    demo: bool

    def has(self, scope: Scope) -> bool:
        return self.key is not None and scope in self.key.scopes


def application(request: Request) -> Application:
    found: Application = request.app.state.application
    return found


def figures(request: Request) -> Figures:
    found: Figures = request.app.state.figures
    return found


App = Annotated[Application, Depends(application)]
ReadSide = Annotated[Figures, Depends(figures)]


class Access:
    """The dependency that applies a rule and the rate limits; gives the caller."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    async def __call__(self, request: Request) -> Caller:
        limits: Limits = request.app.state.limits
        limits.address(request)
        app = application(request)
        if self.rule is Rule.METRICS:
            return _scraper(request, app)
        caller = Caller(await self._key(request, app), app.settings.demo)
        if caller.key is not None:
            limits.key(caller.key)
        _RULES[self.rule](caller)
        return caller

    @staticmethod
    async def _key(request: Request, app: Application) -> ApiKey | None:
        if request.scope["query_string"] and any(
            PREFIX in value for value in request.query_params.values()
        ):
            _log.warning("api_key_in_url", path=request.url.path)
            raise Unknown("a key in the URL")
        header = request.headers.get("authorization")
        if header is None:
            return None
        kind, _, secret = header.partition(" ")
        if kind.lower() != "bearer" or not secret:
            raise Unknown("authorization header")
        return await app.api_keys.known(secret.strip())


def _scraper(request: Request, app: Application) -> Caller:
    """Raises: Unknown; also where no token is set, since then nobody may look."""
    wanted = app.settings.metrics_token.get_secret_value()
    offered = request.headers.get("authorization", "").removeprefix("Bearer ")
    # Bytes: comparing a text beyond ASCII raises.
    if not wanted or not compare_digest(offered.encode(), wanted.encode()):
        raise Unknown("metrics token")
    return Caller(None, app.settings.demo)


def _anybody(_: Caller) -> None:
    return


def _figures(caller: Caller) -> None:
    if caller.demo and caller.key is None:
        return
    if caller.key is None:
        raise Unknown("figures need a key")
    if not caller.has(Scope.READ):
        raise Refused(Scope.READ)


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
    Rule.DEMO: _demo,
}
