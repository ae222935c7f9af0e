"""The reports of a school by a link that was sent to somebody's own address, and by no other."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from api.limiting import Rates
from survey.domain import case_acts as acts
from survey.domain.audit import Actor
from survey.domain.cases import Case
from survey.domain.people import Person
from survey.services.reporters import Reporter
from survey.services.school_links import ASKED, LIFETIME
from tests.api.web.test_cases import a_person, address, now, talk
from tests.support.application import Running, running
from tests.support.cases import a_case, an_entry
from tests.support.databases import DatabaseKind
from tests.support.joining import save_person
from tests.support.pictures import photo
from tests.support.signing import Postbox
from tests.support.web import WebPerson, on_the_web


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


@pytest.fixture
async def person(here: Running) -> AsyncIterator[WebPerson]:
    async with on_the_web(here) as somebody:
        yield somebody


@dataclass(frozen=True)
class School:
    """Ann's and Ben's reports at Oakfield; Ben stands for Elmwood as well."""

    ann: Person
    ben: Person
    anns: Case
    bens: Case


async def reported(here: Running, by: Person, **said: str) -> Case:
    return await a_case(here, person=by.id, unit="oakfield", by=Actor.person(by.id), **said)


@pytest.fixture
async def school(here: Running) -> School:
    ann = await a_person(here, "Ann Byrne")
    ben = await a_person(here, "Ben Moss", "oakfield", "elmwood")
    return School(
        ann,
        ben,
        await reported(here, ann, text="No payslip"),
        await reported(here, ben, service="hr", text="41 of 43 staff"),
    )


async def link(here: Running, person: Person, place: str = "", *, unit: str = "oakfield") -> str:
    """The address of a link of theirs, as it is sent to them."""
    links = await here.core.school_links.of(person.id)
    (address,) = (each.address for each in links if each.unit.key == unit)
    return address.removeprefix(here.core.settings.base_url) + place


async def test_the_link_of_a_report_shows_that_report_alone(
    here: Running, person: WebPerson, school: School
) -> None:
    """It may be passed on: whoever holds it reads no colleague's report and takes none over."""
    token = here.core.case_links.token(school.anns.link)
    await person.opens(f"/case/{token}")
    assert school.bens.reference not in person.text
    assert "/my-school" not in str([each.attributes for each in person.page.all("a")])
    tries = [f"/case/{token}/school{each}" for each in ("", ".csv", ".pdf")]
    tries += [f"/case/{token}/school/{school.bens.reference}"]
    tries += [f"/my-school/{token}{each}" for each in ("", "/reports.csv", "/reports.pdf")]
    tries += [f"/my-school/{token}/{school.bens.reference}"]
    async with on_the_web(here, rates=Rates(wrong_links=99)) as holder:
        for each in tries:
            answer = await holder.http.get(each)
            assert answer.status_code == 404
            assert "41 of 43" not in answer.text
        for each in (tries[3], tries[-1], f"/case/{token}"):
            await holder.http.post(each, data={"action": "take_over"})
    assert (await now(here, school.bens)).person == school.ben.id


async def test_the_link_is_sent_to_their_own_address_and_nothing_says_whether_there_is_one(
    database_url: str, tmp_path: Path
) -> None:
    postbox = Postbox()
    async with running(database_url, tmp_path, mailer=postbox) as here, on_the_web(here) as person:
        ann = await a_person(here, "Ann Byrne")
        await save_person(here, replace(ann, email="ann@oakfield.example"))
        ben = await a_person(here, "Ben Moss")
        cases = [await reported(here, each, text="No payslip") for each in (ann, ben)]
        told = set[str]()
        for case in cases:
            for _ in range(ASKED.most + 1):
                await person.opens(address(here, case))
                await person.presses("Send me a link to my school's reports")
                told.add(person.page.one("div", class_="govuk-notification-banner").text)
        while await here.core.letters.send_due():
            pass

        (said,) = told
        assert "If we know your e-mail address" in said
        assert [each.to for each in postbox.sent] == ["ann@oakfield.example"] * ASKED.most
        found = postbox.sent[0].words.text.partition(here.core.settings.base_url)[2].split()[0]
        await person.opens(found)
        assert person.heading == "Reports of Oakfield Primary School"
        assert all(each.reference in person.text for each in cases)


async def test_all_reports_of_the_school_are_listed_and_none_of_others(
    here: Running, person: WebPerson, school: School
) -> None:
    few = await a_case(here, person=school.ben.id, unit="oakfield", restricted=True)
    other = await a_case(here, person=school.ben.id, unit="elmwood")
    await an_entry(here, school.bens, acts.declined("duplicate", "Known"))

    await person.opens(await link(here, school.ben))

    assert person.heading == "Reports of Oakfield Primary School"
    opened, over = (each.text for each in person.page.all("table"))
    assert school.anns.reference in opened
    assert school.bens.reference in over
    assert few.reference not in person.text
    assert other.reference not in person.text
    assert "41 of 43" not in person.text
    await person.opens(await link(here, school.ben, unit="elmwood"))
    assert other.reference in person.text
    assert school.bens.reference not in person.text


async def test_a_link_opens_nothing_after_a_day(
    here: Running, person: WebPerson, school: School
) -> None:
    address = await link(here, school.ann)
    here.clock.advance(LIFETIME - timedelta(minutes=1))
    await person.opens(address)
    assert person.status == 200
    here.clock.advance(timedelta(minutes=1))
    await person.opens(address)
    assert person.status == 404


async def test_a_link_opens_nothing_once_they_do_not_stand_for_the_school(
    here: Running, person: WebPerson, school: School
) -> None:
    address = await link(here, school.ann)
    place = f"{address}/{school.bens.reference}"
    for gone in (
        replace(school.ann, units=("elmwood",)),
        replace(school.ann, ended_at=here.clock.now()),
    ):
        await save_person(here, school.ann)
        await person.opens(address)
        assert person.status == 200
        await save_person(here, gone)
        for each in (address, f"{address}/reports.csv", f"{address}/reports.pdf", place):
            assert (await person.http.get(each)).status_code == 404
    answer = await person.http.post(place, data={"action": "take_over"})
    assert answer.status_code == 404
    assert (await now(here, school.bens)).person == school.ben.id


async def test_the_files_for_governors_are_saved_and_hold_no_text_and_no_name(
    here: Running, person: WebPerson, school: School
) -> None:
    table = await person.http.get(await link(here, school.ann, "/reports.csv"))
    paper = await person.http.get(await link(here, school.ann, "/reports.pdf"))

    for answer, name in ((table, "csv"), (paper, "pdf")):
        assert answer.status_code == 200
        told = answer.headers["content-disposition"]
        assert told == f'attachment; filename="reports-oakfield.{name}"'
        assert answer.headers["cache-control"] == "no-store"
    assert school.bens.reference in table.text
    assert "payslip" not in table.text
    assert "Ann" not in table.text
    assert paper.content.startswith(b"%PDF")


async def test_files_are_made_a_few_times_a_minute_for_one_person_whatever_link_they_use(
    here: Running, school: School
) -> None:
    first = await link(here, school.ann, "/reports.csv")
    here.clock.advance(timedelta(seconds=5))
    second = await link(here, school.ann, "/reports.pdf")
    assert first.split("/")[2] != second.split("/")[2]
    async with on_the_web(here, rates=Rates(papers=2)) as holder:
        answers = [
            (await holder.http.get(each)).status_code for each in (first, first, first, second)
        ]
        others = await holder.http.get(await link(here, school.ben, "/reports.csv"))
    assert answers == [200, 200, 429, 429]
    assert others.status_code == 200


async def test_a_colleagues_report_is_read_and_taken_over_and_its_files_stay_theirs_until_then(
    here: Running, person: WebPerson, school: School
) -> None:
    ben = Reporter(person=school.ben.id)
    kept = await here.core.attachments.keep("list.jpg", photo(), case=school.bens.id)
    await here.core.own_cases.say(school.bens.id, "Here", (kept.id,), who=ben)

    place = await link(here, school.ann, f"/{school.bens.reference}")
    await person.opens(place)
    assert person.heading == f"Report {school.bens.reference}"
    assert talk(person)[0].startswith("A colleague reported this")
    assert "list.jpg" in person.text
    assert person.page.one("main").all("img") == []
    assert here.core.case_links.token(school.bens.link) not in str(person.page)
    assert not person.has("message")
    await person.presses("Take over this report")

    assert (await now(here, school.bens)).person == school.ann.id
    assert "The report is yours now" in person.text
    assert person.heading == f"Your report {school.bens.reference}"
    assert talk(person)[0].startswith("A colleague reported this")
    await person.opens(place)
    assert person.heading == f"Your report {school.bens.reference}"


async def test_nothing_is_in_the_list_that_is_not_for_everybody_of_the_school(
    here: Running, person: WebPerson, school: School
) -> None:
    elsewhere = await a_case(here, person=school.ben.id, unit="elmwood")
    few = await a_case(here, person=school.ben.id, unit="oakfield", restricted=True)
    for hidden in (elsewhere, few):
        await person.opens(await link(here, school.ann, f"/{hidden.reference}"))
        assert person.status == 404
    place = await link(here, school.ann, f"/{few.reference}")
    answer = await person.http.post(place, data={"action": "take_over"})
    assert answer.status_code == 404
    assert (await now(here, few)).person == school.ben.id


async def test_a_forged_form_takes_nothing_over(
    here: Running, person: WebPerson, school: School
) -> None:
    place = await link(here, school.ann, f"/{school.bens.reference}")
    answer = await person.http.post(place, data={"action": "x"})
    assert answer.status_code == 400
    headers = {"Origin": "https://elsewhere.example"}
    answer = await person.http.post(place, data={"action": "take_over"}, headers=headers)
    assert answer.status_code == 403
    assert (await now(here, school.bens)).person == school.ben.id
