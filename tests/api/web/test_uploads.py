"""Files that anybody may send: few bodies at a time, fewer of one address, none of strangers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.requests import Request

from api.app import create_app
from api.limiting import Limits, NoPlace, Places, Rates
from api.problems import TooMany
from api.web import cases, parts, routes
from survey.db.tables import attachments, conversations
from survey.domain.cases import Case
from survey.domain.file_kinds import MOST_AT_ONCE
from tests.api.web.conftest import count_rows
from tests.api.web.test_cases import address
from tests.api.web.test_reports import comes_to_the_files
from tests.support.application import Running
from tests.support.cases import a_case
from tests.support.databases import DatabaseKind
from tests.support.web import Sending, WebPerson, browsing

_LIST: Final = ("list.csv", b"name,pay\n" + b"A,1\n" * 100_000)
"""Larger than any text, which needs no place."""


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


@pytest.fixture
def app(here: Running) -> FastAPI:
    return create_app(here.core, here.figures)


@pytest.fixture
async def person(app: FastAPI) -> AsyncIterator[WebPerson]:
    async with browsing(app) as somebody:
        yield somebody


@pytest.fixture
async def case(here: Running) -> Case:
    return await a_case(here)


def of_address(name: str) -> Request:
    return Request({"type": "http", "client": (name, 1), "headers": []})


async def choosing(person: WebPerson, case: Case | None, here: Running) -> Sending:
    """What sends a file, on the page of a case or of a report that is being made."""
    if case is None:
        await comes_to_the_files(person)
        person.attaches(*_LIST, to="answer")
        return person.sending("Continue")
    await person.opens(address(here, case))
    person.attaches(*_LIST, to="files")
    return person.sending("Send")


# --- places ---


async def test_one_address_never_has_all_places_and_who_finds_none_is_told_so_in_time() -> None:
    places = Places(most=3, of_one=2, patience=0.01)
    async with places.of("eve"), places.of("eve"):
        with pytest.raises(NoPlace):
            async with places.of("eve"):
                pass
        async with places.of("ann"):
            with pytest.raises(NoPlace):
                async with places.of("ben"):
                    pass
        async with places.of("ben"):
            pass
    async with places.of("eve"):
        pass


async def test_who_waits_has_the_place_of_who_leaves() -> None:
    places, left = Places(most=1), asyncio.Event()

    async def stays() -> None:
        async with places.of("eve"):
            await left.wait()

    async def comes() -> str:
        async with places.of("ann"):
            return "in"

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(stays())
        await asyncio.sleep(0)
        ann = tasks.create_task(comes())
        await asyncio.sleep(0)
        assert not ann.done()
        left.set()
    assert ann.result() == "in"


@pytest.mark.parametrize("on_a_case", [True, False])
async def test_files_that_find_no_place_are_refused_with_a_page_that_says_when_to_come_back(
    on_a_case: bool, here: Running, app: FastAPI, person: WebPerson, case: Case
) -> None:
    sending = await choosing(person, case if on_a_case else None, here)
    app.state.limits._places = Places(most=0, patience=0.01)

    answer = await person.post(sending)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    assert "Many people are sending files just now" in answer.text
    assert await count_rows(here, attachments) == [0]

    app.state.limits._places = Places()
    await person.sends(sending)
    assert person.status == 200
    assert await count_rows(here, attachments) == [1]


async def test_a_text_without_files_needs_no_place(
    here: Running, app: FastAPI, person: WebPerson, case: Case
) -> None:
    app.state.limits._places = Places(most=0, patience=0.01)
    await person.opens(address(here, case))
    person.types("May", into="text")
    await person.presses("Send")
    assert "We have your message" in person.text


@pytest.mark.parametrize("on_a_case", [True, False])
async def test_bodies_with_files_of_one_address_are_so_many_a_minute(
    on_a_case: bool, here: Running, case: Case
) -> None:
    app = create_app(here.core, here.figures, rates=Rates(uploads=1))
    async with browsing(app) as person:
        sending = await choosing(person, case if on_a_case else None, here)
        answers = [(await person.post(sending)).status_code for _ in range(2)]
    assert answers[1] == 429


# --- what is read at all ---


@pytest.mark.parametrize(
    ("number", "status", "said"),
    [
        (MOST_AT_ONCE + 1, 422, "Choose at most 10 files"),
        (MOST_AT_ONCE + 2, 413, "You chose too many files at once"),
    ],
)
@pytest.mark.parametrize("on_a_case", [True, False])
async def test_of_too_many_files_nothing_is_kept_and_the_page_says_so(
    on_a_case: bool,
    number: int,
    status: int,
    said: str,
    here: Running,
    person: WebPerson,
    case: Case,
) -> None:
    sending = await choosing(person, case if on_a_case else None, here)
    ((field, file),) = sending.files
    answer = await person.post(replace(sending, files=((field, file),) * number))
    assert answer.status_code == status
    assert said in answer.text
    assert await count_rows(here, attachments) == [0]


async def nothing_is_read(*_: Any, **__: Any) -> None:
    raise AssertionError("the body was read")


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (routes, cases):
        monkeypatch.setattr(module, "read_parts_of_anybody", nothing_is_read)


@pytest.mark.usefixtures("unread")
async def test_files_of_who_has_no_cookie_or_comes_from_elsewhere_are_not_kept_for_a_moment(
    here: Running, app: FastAPI, person: WebPerson, case: Case
) -> None:
    sending = await choosing(person, None, here)
    async with browsing(app) as stranger:
        answer = await stranger.post(sending)
        assert answer.status_code == 400
        assert "Your browser did not keep our cookie" in answer.text
    person.http.headers["Origin"] = "https://elsewhere.example"
    assert (await person.post(sending)).status_code == 403
    assert (await person.post(await choosing(person, case, here))).status_code == 403


@pytest.mark.usefixtures("unread")
async def test_files_for_no_report_are_not_kept_for_a_moment(
    here: Running, person: WebPerson
) -> None:
    sending = await choosing(person, None, here)
    async with here.core.database.reading() as connection:
        owner = await connection.scalar(select(conversations.c.owner))
    await here.core.conversations.forget(str(owner))

    answer = await person.post(sending)
    assert answer.status_code == 400
    assert "You were away for a long time" in answer.text


async def test_a_body_that_comes_too_slowly_gives_its_place_up(
    here: Running, app: FastAPI, person: WebPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    sending = await choosing(person, None, here)
    monkeypatch.setattr(parts, "SILENCE", 0.01)
    app.state.limits._places = Places(most=1)

    async def trickling() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="answer"; filename="a.txt"\r\n\r\n'
        await asyncio.Event().wait()

    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    slow = await person.http.post(sending.address, content=trickling(), headers=kind)
    assert slow.status_code == 413
    assert (await person.post(sending)).status_code == 200


@pytest.mark.parametrize(("rate", "taken"), [(25_000, True), (15_000, False)])
async def test_a_body_has_to_come_at_a_least_rate(
    rate: int, taken: bool, here: Running, person: WebPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something of it comes each second, for 20 seconds."""
    sending = await choosing(person, None, here)
    seconds = [0]
    monkeypatch.setattr(parts, "monotonic", lambda: seconds[0])
    given = []

    async def dripping() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="answer"; filename="a.txt"\r\n\r\n'
        for _ in range(20):
            seconds[0] += 1
            given.append(b"a" * rate)
            yield given[-1]
        yield b"\r\n--x--\r\n"

    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await person.http.post(sending.address, content=dripping(), headers=kind)
    assert (answer.status_code != 413) is taken
    assert (len(given) == 20) is taken


# --- rates ---


def test_a_visitor_or_an_address_that_sends_too_much_stops_nobody_else() -> None:
    limits = Limits(Rates(per_visitor=2, per_source=3, per_link=5), elapsed=lambda: 0)
    taken = list[str]()
    for visitor, source in (
        *[("eve", "1.1.1.1")] * 9,
        *[("eve's other", "1.1.1.1")] * 9,
        *[("ann", "2.2.2.2")] * 2,
    ):
        try:
            limits.form("/problem", visitor, of_address(source))
        except TooMany:
            continue
        taken.append(visitor)
    assert taken == ["eve", "eve", "eve's other", "ann", "ann"]


async def test_on_the_report_form_one_visitor_is_slowed_and_others_are_not(here: Running) -> None:
    app = create_app(here.core, here.figures, rates=Rates(per_visitor=2))
    async with browsing(app) as eve, browsing(app) as ann:
        await eve.opens("/problem")
        start = eve.sending("Start")
        assert [(await eve.post(start)).status_code for _ in range(3)] == [200, 200, 429]
        await ann.opens("/problem")
        await ann.presses("Start")
        assert ann.status == 200
