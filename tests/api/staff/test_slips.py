"""/staff/units/{unit}/slips: looking makes nothing, pressing gives a file."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import httpx2 as httpx
import pytest
from pypdf import PdfReader
from sqlalchemy import text

from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from tests.support.application import Running, running
from tests.support.joining import BOT_NAME, a_person, actions
from tests.support.signing import Postbox
from tests.support.staff import ADMINISTRATOR, signed_in
from tests.support.web import WebPerson

OAKFIELD = "/staff/units/oakfield/slips"
MANAGER = Grant(Role.SURVEY_MANAGER, unit="oakfield")


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database_url, tmp_path, bot_username=BOT_NAME) as application:
        yield application


async def links_kept(here: Running) -> int:
    async with here.core.database.reading() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM joins"))).scalar_one())


async def got(person: WebPerson, button: str) -> httpx.Response:
    return await person.post(person.sending(button))


async def test_looking_says_for_how_many_and_makes_nothing(here: Running) -> None:
    await a_person(here, "Ann Lee")
    await a_person(here, "Ben Ash")
    async with signed_in(here, MANAGER) as person:
        await person.opens(OAKFIELD)
        assert person.heading == "Slips to join the chat: Oakfield Primary School"
        assert "There are 2 people who can be asked." in person.text
        assert "A link works once, for 14 days." in person.text
    assert await links_kept(here) == 0


async def test_slips_come_as_a_pdf_that_nothing_stores(here: Running) -> None:
    await a_person(here, "Ann Lee")
    async with signed_in(here, MANAGER) as person:
        await person.opens(OAKFIELD)
        answer = await got(person, "Make slips to print (PDF)")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'attachment; filename="slips-oakfield.pdf"'
    assert answer.headers["cache-control"] == "no-store"
    document = PdfReader(BytesIO(answer.content))
    assert "Ann Lee" in document.pages[0].extract_text()
    assert await links_kept(here) == 1
    assert (await actions(here))[-1] == "joins.made"


async def test_links_come_as_rows(here: Running) -> None:
    ann = await a_person(here, "Ann Lee")
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens("/staff/units/schools/slips")
        answer = await got(person, "Make links as a list (CSV)")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    head, row = answer.text.splitlines()
    assert head == "key,name,unit,link,code"
    assert row.startswith(f"{ann.key},Ann Lee,oakfield,https://t.me/tellback_bot?start=j_")


@pytest.mark.parametrize(
    "grant",
    [
        Grant(Role.SURVEY_MANAGER, unit="elmwood"),
        Grant(Role.SURVEY_MANAGER, service="payroll"),
        Grant(Role.VIEWER),
        Grant(Role.SERVICE_MANAGER),
    ],
)
async def test_only_who_looks_after_the_people_of_a_unit_gets_their_links(
    here: Running, grant: Grant
) -> None:
    await a_person(here, "Ann Lee")
    async with signed_in(here, grant) as person:
        for path in (OAKFIELD, "/staff/units/nowhere/slips"):
            assert (await person.http.get(path)).status_code in (403, 404)
        for path in (OAKFIELD, "/staff/units/oakfield/links.csv"):
            assert (await person.http.post(path, data={"csrf": "x"})).status_code in (403, 404)
    assert await links_kept(here) == 0


async def test_a_form_of_another_site_makes_no_links(here: Running) -> None:
    await a_person(here, "Ann Lee")
    async with signed_in(here, MANAGER) as person:
        for path in (OAKFIELD, "/staff/units/oakfield/links.csv"):
            assert (await person.http.post(path, data={"csrf": "x"})).status_code == 403
    assert await links_kept(here) == 0


async def test_a_unit_without_people_says_what_to_do(here: Running) -> None:
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens(OAKFIELD)
        assert "There is nobody here who can be asked." in person.text
        assert not person.has("Make slips to print (PDF)")


async def test_without_a_bot_the_page_says_so(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, tmp_path) as here:
        await a_person(here, "Ann Lee")
        async with signed_in(here, ADMINISTRATOR) as person:
            await person.opens(OAKFIELD)
            assert "There is no bot to join yet." in person.text


# --- for one person ---


async def test_one_persons_slip_is_printed(here: Running) -> None:
    ann = await a_person(here, "Ann Lee")
    async with signed_in(here, MANAGER) as person:
        await person.opens(f"/staff/people/{ann.id}")
        assert "Send it by e-mail" not in person.text
        answer = await got(person, "Make a slip to print (PDF)")
    assert "Ann Lee" in PdfReader(BytesIO(answer.content)).pages[0].extract_text()
    assert await links_kept(here) == 1


async def test_one_persons_link_is_sent_by_e_mail(database_url: str, tmp_path: Path) -> None:
    postbox = Postbox()
    async with running(database_url, tmp_path, bot_username=BOT_NAME, mailer=postbox) as here:
        ann = await a_person(here, "Ann Lee", email="ann@oakfield.example")
        async with signed_in(here, MANAGER) as person:
            await person.opens(f"/staff/people/{ann.id}")
            await person.presses("Send it by e-mail")
            assert "A letter with a personal link to the chat is on its way" in person.text
        await here.core.letters.send_due()
        assert [letter.to for letter in postbox.sent] == ["ann@oakfield.example"]


@pytest.mark.parametrize("way", ["slip", "send-link"])
async def test_who_does_not_look_after_somebody_makes_no_link_for_them(
    way: str, here: Running
) -> None:
    ann = await a_person(here, "Ann Lee", email="ann@oakfield.example")
    async with signed_in(here, Grant(Role.SURVEY_MANAGER, unit="elmwood")) as person:
        await person.opens("/staff/units/elmwood/slips")
        answer = await person.http.post(f"/staff/people/{ann.id}/{way}")
    assert answer.status_code == 404
    assert await links_kept(here) == 0


async def test_who_has_left_is_offered_no_link(here: Running) -> None:
    ann = await a_person(here, "Ann Lee")
    await here.core.people.deactivate(ann.id, expected_revision=ann.revision, by=OPERATOR)
    async with signed_in(here, MANAGER) as person:
        await person.opens(f"/staff/people/{ann.id}")
        assert "Personal link to the chat" not in person.text
