"""Calls, and what came back that should not have."""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape

import httpx2 as httpx
from fastapi import FastAPI

from api.app import create_app
from api.cookies import Cookie, name_of
from api.limiting import Rates
from api.web.sessions import form_token
from tests.doors.routes import Door
from tests.doors.world import Caller, Planted, plant, telling
from tests.support.application import Running
from tests.support.staff import staff_secret_of

ORIGIN = "http://testserver"
_TAGS = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer: what it says to people and programs."""

    caller: str
    method: str
    address: str
    status: int
    text: str
    location: str = ""


@dataclass(slots=True)
class House:
    """The application with everything in it, before which callers stand."""

    here: Running
    app: FastAPI
    planted: Planted
    http: httpx.AsyncClient

    async def headers(self, caller: Caller) -> dict[str, str]:
        """What tells who calls; for those signed in a session of this moment."""
        secret = caller.secret or (caller.scope and self.planted.keys[caller.scope])
        if secret:
            return {"Authorization": f"Bearer {secret}"}
        if caller.account is None:
            return {}
        async with self.here.core.begin.read() as work:
            account = await work.accounts.get(caller.account.id)
        assert account is not None
        secret = await staff_secret_of(self.here, account)
        return {"Cookie": f"{name_of(Cookie.STAFF, self.here.core.settings)}={secret}"}

    async def call(
        self, caller: Caller, method: str, address: str, headers: dict[str, str]
    ) -> Reading:
        fields: dict[str, str] | None = None
        if method not in ("GET", "HEAD", "OPTIONS"):
            secret = headers.get("Cookie", "=").partition("=")[2]
            fields = {"csrf": form_token(secret), **dict(httpx.URL(address).params)}
            headers = {**headers, "Origin": ORIGIN}
        answer = await self.http.request(method, address, headers=headers, data=fields)
        return Reading(
            caller=caller.name,
            method=method,
            address=address,
            status=answer.status_code,
            text=told(answer),
            location=answer.headers.get("location", ""),
        )

    def wrong(self, reading: Reading, caller: Caller, door: Door | None = None) -> list[str]:
        """What this caller read and may not; none of it is the point of all this."""
        open_names = door is not None and door.names_are_public
        return [
            f"{reading.caller}: {reading.method} {reading.address} -> "
            f"{reading.status} tells the {mark.name}"
            for mark in self.planted.marks
            if not (open_names and mark.name.startswith("name of"))
            and not mark.theirs(caller)
            and mark.pattern.search(f"{reading.text}\n{reading.location}")
        ]


def told(answer: httpx.Response) -> str:
    """What an answer says: of markup its text and the values of its attributes."""
    body = answer.text
    if "html" not in answer.headers.get("content-type", ""):
        return unescape(body)
    values = re.findall(r'(?:value|href|src|content|alt|title|aria-label)="([^"]*)"', body)
    return unescape("\n".join([_TAGS.sub(" ", body), *values]))


@asynccontextmanager
async def furnished(here: Running) -> AsyncIterator[House]:
    """The house with everything planted, and nobody kept waiting by limits of rate."""
    planted = await plant(here)
    many = 10**9
    rates = Rates.all(many)
    app = create_app(here.core, telling(here.figures), rates=rates)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        yield House(here, app, planted, http)


def listed(found: Iterable[str]) -> str:
    return "\n".join(list(found)[:20])
