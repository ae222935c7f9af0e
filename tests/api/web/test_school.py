"""The reports of a school by the link of one of them: the list, the files, a colleague's report."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from survey.domain import case_acts as acts
from survey.domain.audit import Actor
from survey.domain.cases import Case
from survey.domain.people import Person
from survey.services.reporters import Reporter
from tests.api.web.test_cases import a_person, address, now, talk
from tests.support.application import Running
from tests.support.cases import a_case, an_entry
from tests.support.databases import DatabaseKind
from tests.support.pictures import photo
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


async def test_all_reports_of_the_school_are_listed_and_none_of_others(
    here: Running, person: WebPerson, school: School
) -> None:
    few = await a_case(here, person=school.ben.id, unit="oakfield", restricted=True)
    other = await a_case(here, person=school.ben.id, unit="elmwood")
    await an_entry(here, school.bens, acts.declined("duplicate", "Known"))

    await person.opens(address(here, school.anns))
    [link] = [each for each in person.page.all("a") if each.text == "Your school's reports"]
    await person.opens(link.attributes["href"])

    assert person.heading == "Reports of Oakfield Primary School"
    opened, over = (each.text for each in person.page.all("table"))
    assert school.anns.reference in opened
    assert school.bens.reference in over
    assert few.reference not in person.text
    assert other.reference not in person.text
    assert "41 of 43" not in person.text


async def test_who_stands_for_several_schools_chooses_one_first(
    here: Running, person: WebPerson, school: School
) -> None:
    other = await a_case(here, person=school.ben.id, unit="elmwood")
    await person.opens(address(here, school.bens, "/school"))
    assert person.heading == "Choose a school, department or team"
    for file in ("csv", "pdf"):
        assert (
            await person.http.get(address(here, school.bens, f"/school.{file}"))
        ).status_code == 404
    [elmwood] = [each for each in person.page.all("a") if each.text == "Elmwood School"]
    await person.opens(elmwood.attributes["href"])

    assert other.reference in person.text
    assert school.bens.reference not in person.text
    await person.opens(address(here, school.bens, "/school?unit=adult-social-care"))
    assert person.status == 404


async def test_the_files_for_governors_are_saved_and_hold_no_text_and_no_name(
    here: Running, person: WebPerson, school: School
) -> None:
    table = await person.http.get(address(here, school.anns, "/school.csv"))
    paper = await person.http.get(address(here, school.anns, "/school.pdf"))

    for answer, name in ((table, "csv"), (paper, "pdf")):
        assert answer.status_code == 200
        told = answer.headers["content-disposition"]
        assert told == f'attachment; filename="reports-oakfield.{name}"'
        assert answer.headers["cache-control"] == "no-store"
    assert school.bens.reference in table.text
    assert "payslip" not in table.text
    assert "Ann" not in table.text
    assert paper.content.startswith(b"%PDF")


async def test_a_colleagues_report_is_read_and_taken_over_and_its_files_stay_theirs_until_then(
    here: Running, person: WebPerson, school: School
) -> None:
    ben = Reporter(person=school.ben.id)
    kept = await here.core.attachments.keep("list.jpg", photo(), case=school.bens.id)
    await here.core.own_cases.say(school.bens.id, "Here", (kept.id,), who=ben)

    await person.opens(address(here, school.anns, f"/school/{school.bens.reference}"))
    assert person.heading == f"Report {school.bens.reference}"
    assert talk(person)[0].startswith("A colleague reported this")
    assert "list.jpg" in person.text
    assert person.page.one("main").all("img") == []
    assert not person.has("message")
    await person.presses("Take over this report")

    assert (await now(here, school.bens)).person == school.ann.id
    assert "The report is yours now" in person.text
    assert person.heading == f"Your report {school.bens.reference}"
    assert talk(person)[0].startswith("A colleague reported this")
    await person.opens(address(here, school.anns, f"/school/{school.bens.reference}"))
    assert person.heading == f"Your report {school.bens.reference}"


async def test_nothing_of_a_school_is_seen_by_who_does_not_stand_for_it(
    here: Running, person: WebPerson, school: School
) -> None:
    nobodys = await a_case(here, unit="oakfield")
    elsewhere = await a_case(here, person=school.ben.id, unit="elmwood")
    few = await a_case(here, person=school.ben.id, unit="oakfield", restricted=True)
    for place in ("school", "school.csv", "school.pdf", f"school/{school.anns.reference}"):
        answer = await person.http.get(address(here, nobodys, f"/{place}"))
        assert answer.status_code == 404
    for hidden in (elsewhere, few):
        await person.opens(address(here, school.anns, f"/school/{hidden.reference}"))
        assert person.status == 404
    answer = await person.http.post(
        address(here, school.anns, f"/school/{few.reference}"), data={"action": "take_over"}
    )
    assert answer.status_code == 404
    assert (await now(here, few)).person == school.ben.id


async def test_a_forged_form_takes_nothing_over(
    here: Running, person: WebPerson, school: School
) -> None:
    place = address(here, school.anns, f"/school/{school.bens.reference}")
    answer = await person.http.post(place, data={"action": "x"})
    assert answer.status_code == 400
