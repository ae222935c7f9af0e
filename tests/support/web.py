"""A person with a browser that runs no script: reads pages, fills in forms, presses buttons."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import httpx2 as httpx
from starlette.types import ASGIApp

from api.app import create_app
from api.limiting import Rates
from api.web.fields import ANSWER, DATE_PARTS
from api.web.known import FOR_ALL, STATUS
from api.web.results import RESULTS
from api.web.security import SECURITY_HEADERS
from tests.support.application import Running
from tests.support.html import Element, parse

_ANSWERS = {ANSWER, *(f"{ANSWER}-{part}" for part in DATE_PARTS)}
_TYPED = {"text", "email", "password", "search", "tel"}
_ORIGIN = "http://testserver"


@dataclass(frozen=True, slots=True)
class Sending:
    """What a press sends; it can be sent again, as an old page or an impatient person does."""

    address: str
    fields: tuple[tuple[str, str], ...]
    method: str = "post"
    files: tuple[tuple[str, tuple[str, bytes]], ...] = ()
    """For a form of several parts: its file fields, each with a file's name and content."""

    def with_(self, **changes: str) -> "Sending":
        """The same with other values; the fields are there already, or are added at the end."""
        kept = tuple((name, value) for name, value in self.fields if name not in changes)
        return replace(self, fields=(*kept, *changes.items()))


@dataclass(slots=True)
class WebPerson:
    """Somebody at a browser; `page` is what they see, `seen` every answer that they were given."""

    http: httpx.AsyncClient
    page: Element = field(default_factory=lambda: Element("", {}))
    path: str = ""
    status: int = 0
    _filled: dict[str, list[str]] = field(default_factory=dict)
    _attached: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)

    # --- seeing ---

    @property
    def heading(self) -> str:
        return self.page.one("h1").text

    @property
    def error(self) -> str | None:
        """What the error summary says."""
        summaries = self.page.all("div", class_="govuk-error-summary")
        return summaries[0].one("li").text if summaries else None

    @property
    def text(self) -> str:
        return self.page.one("main").text

    @property
    def receipt(self) -> str:
        return self.page.one("div", class_="govuk-panel__body").one("strong").text

    @property
    def secret(self) -> str | None:
        """The cookie's value."""
        return self.http.cookies.get("tellback")

    @property
    def lines(self) -> dict[str, str]:
        """The check page: what is shown of each answer."""
        rows = self.page.all("div", class_="govuk-summary-list__row")
        return {row.one("dt").text: row.all("dd")[0].text for row in rows}

    @property
    def kept(self) -> list[str]:
        """Texts that are given back to copy."""
        return [each.raw for each in self.page.all("div", class_="govuk-inset-text")]

    @property
    def chosen(self) -> list[str]:
        """The values of what is chosen, ticked or typed in answer to the page."""
        for form in self.page.one("main").all("form"):
            fields = self._fields(form)
            if found := [value for name, value in fields if name == "unit" or name in _ANSWERS]:
                return [value for value in found if value]
        return []

    # --- doing ---

    async def opens(self, path: str) -> None:
        self._take(await self.http.get(path))

    async def reloads(self) -> None:
        await self.opens(self.path)

    def chooses(self, label: str) -> None:
        """Choose a radio, or tick or untick a checkbox, by what stands beside it or its value."""
        box = self._box(label)
        name, value = box.attributes["name"], box.attributes["value"]
        if box.attributes["type"] == "radio":
            self._filled[name] = [value]
            return
        ticked = self._filled.setdefault(name, [*self._ticked(name)])
        ticked.remove(value) if value in ticked else ticked.append(value)

    def types(self, text: str, *, into: str | None = None) -> None:
        """Type over what stands in a field: the one of this name, or the only one."""
        fields = [
            each
            for each in self.page.one("main").elements
            if each.name == "textarea"
            or (each.name == "input" and each.attributes.get("type", "text") in _TYPED)
        ]
        names = [each.attributes["name"] for each in fields]
        [name] = [each for each in names if into in (None, each)]
        self._filled[name] = [text]

    def picks(self, label: str, *, of: str) -> None:
        """Pick an option of a list, by its text or value."""
        for each in self.page.one("select", name=of).all("option"):
            if label in (each.text, each.attributes["value"]):
                self._filled[of] = [each.attributes["value"]]
                return
        raise AssertionError(f"no option {label} of {of} on {self.path}")

    def attaches(self, name: str, content: bytes, *, to: str = "file") -> None:
        """Choose a file for a field of its kind, or one more where it takes several."""
        field = self.page.one("input", type="file", name=to)
        before = self._attached.get(to, []) if "multiple" in field.attributes else []
        self._attached[to] = [*before, (name, content)]

    def sending(self, button: str) -> Sending:
        """What pressing this button would send; for `button` see `has`."""
        for form in self.page.all("form"):
            for each in form.all("button"):
                if button in _names(each):
                    return self._sending(form, each)
        raise AssertionError(f"no button {button} on {self.path}: {self.text}")

    def has(self, button: str) -> bool:
        """Whether the page has this button, by its text, its action or its "name=value"."""
        return any(button in _names(each) for each in self.page.all("button"))

    async def presses(self, button: str) -> None:
        await self.sends(self.sending(button))

    async def sends(self, sending: Sending) -> None:
        self._take(await self.post(sending))

    async def post(self, sending: Sending) -> httpx.Response:
        """Send, without looking at what comes back."""
        if sending.method == "get":
            address = sending.address.partition("#")[0].partition("?")[0]
            return await self.http.get(f"{address}?{urlencode(sending.fields)}")
        fields: dict[str, list[str]] = {}
        for name, value in sending.fields:
            fields.setdefault(name, []).append(value)
        return await self.http.post(sending.address, data=fields, files=sending.files or None)

    # --- the journeys that many tests need ---

    async def chooses_unit(self, name: str = "Oakfield Primary School") -> None:
        self.types(name, into="find")
        await self.presses("Find")
        self.chooses(name)
        await self.presses("Continue")

    async def comes_to_the_first_question(self, path: str = "/s/people-pulse") -> None:
        await self.opens(path)
        await self.presses("Start")
        await self.chooses_unit()

    async def answers(self, *labels: str) -> None:
        """One question each, by the label of the answer; "" skips."""
        for label in labels:
            if label:
                self.chooses(label)
            await self.presses("Continue" if label else "Skip")

    async def comes_to_the_check_page(self, comment: str = "More light") -> None:
        """Of the pulse, by answering everything."""
        await self.comes_to_the_first_question()
        await self.answers(*["Agree"] * 7)
        self.types(comment)
        await self.presses("Continue")

    # --- inside ---

    def _take(self, response: httpx.Response) -> None:
        self.page, self.status = page_of(response), response.status_code
        self.path = response.url.raw_path.decode()
        self._filled, self._attached = {}, {}

    def _sending(self, form: Element, button: Element) -> Sending:
        """Without an action the form goes to the address of the page."""
        pressed = (
            [(button.attributes["name"], button.attributes.get("value", ""))]
            if "name" in button.attributes
            else []
        )
        several = form.attributes.get("enctype") == "multipart/form-data"
        files = [each.attributes["name"] for each in form.all("input", type="file")]
        return Sending(
            form.attributes.get("action") or self.path,
            (*self._fields(form), *pressed),
            method=form.attributes.get("method", "get").lower(),
            files=tuple(
                (name, file) for name in files for file in self._attached.get(name, [("", b"")])
            )
            if several
            else (),
        )

    def _box(self, label: str) -> Element:
        boxes = {
            each.attributes["id"]: each
            for each in self.page.all("input")
            if each.attributes.get("type") in ("radio", "checkbox")
        }
        for each in self.page.all("label"):
            box = boxes.get(each.attributes["for"])
            if box is not None and label in (each.text, box.attributes["value"]):
                return box
        raise AssertionError(f"no answer {label} on {self.path}: {self.text}")

    def _ticked(self, name: str) -> list[str]:
        return [
            each.attributes["value"]
            for each in self.page.all("input", name=name)
            if "checked" in each.attributes
        ]

    def _fields(self, form: Element) -> list[tuple[str, str]]:
        """What a browser sends of a form: hidden fields, what is chosen, what is typed."""
        fields: list[tuple[str, str]] = []
        for each in form.elements:
            name = each.attributes.get("name")
            if name is None or each.name not in ("input", "textarea", "select"):
                continue
            if each.attributes.get("type") == "file":
                continue
            if each.name == "select":
                options = each.all("option")
                marked = [option for option in options if "selected" in option.attributes]
                first = (marked or options)[0].attributes["value"]
                fields.append((name, self._filled.get(name, [first])[0]))
            elif each.attributes.get("type") in ("radio", "checkbox"):
                value = each.attributes["value"]
                if value in self._filled.get(name, self._ticked(name)):
                    fields.append((name, value))
            elif name in self._filled:
                fields.append((name, self._filled[name][0]))
            elif each.name == "textarea":
                fields.append((name, each.raw.removeprefix("\n")))
            else:
                fields.append((name, each.attributes.get("value", "")))
        return fields


def _names(button: Element) -> set[str]:
    name, value = button.attributes.get("name", ""), button.attributes.get("value", "")
    return {button.text, f"{name}={value}", *([value] if name == "action" else [])}


def page_of(response: httpx.Response) -> Element:
    """The page of an answer; one that breaks what every page promises fails the test."""
    assert response.headers["content-type"] == "text/html; charset=utf-8", response.text
    page = parse(response.text)
    for name, value in SECURITY_HEADERS.items():
        assert response.headers[name] == value
    public = response.url.path in (STATUS, RESULTS)
    kept = FOR_ALL["Cache-Control"] if public else "no-store"
    assert response.headers["cache-control"] == kept
    assert_page_invariants(page)
    return page


def assert_page_invariants(page: Element) -> None:
    """One first heading with which the title starts; ids once; nothing inline; labelled fields."""
    heading, title = page.one("h1").text, page.one("title").text
    summaries = page.all("div", class_="govuk-error-summary")
    assert title.startswith(f"Error: {heading}" if summaries else heading), title
    assert page.one("html").attributes["lang"]
    ids = [each.attributes["id"] for each in page.elements if "id" in each.attributes]
    assert sorted(ids) == sorted(set(ids))
    for each in page.elements:
        inline = [name for name in each.attributes if name == "style" or name.startswith("on")]
        assert not inline, f"<{each.name}> has {inline}"
        assert each.name != "style"
        assert each.name != "script" or not each.raw.strip()
    for link in page.all("a"):
        assert re.match(r"/|#|https://", link.attributes["href"]), link.attributes


@asynccontextmanager
async def on_the_web(
    here: Running, *, rates: Rates | None = None, headers: dict[str, str] | None = None
) -> AsyncIterator[WebPerson]:
    """Somebody with a fresh browser before the whole application."""
    app = create_app(here.core, here.figures, rates=rates)
    async with browsing(app, headers=headers) as person:
        yield person


@asynccontextmanager
async def browsing(
    app: ASGIApp, *, headers: dict[str, str] | None = None
) -> AsyncIterator[WebPerson]:
    """Somebody with a fresh browser; more than one can be before the same application."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url=_ORIGIN, follow_redirects=True, headers=headers
    ) as http:
        yield WebPerson(http)
