"""/staff/audit: what an administrator reads of who did what."""

import re
from datetime import timedelta
from pathlib import Path

import survey.services
from api.staff.audit_words import ACTIONS
from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR, SERVICE, Actor, Note
from survey.domain.cases import EntryKind
from survey.domain.people import Person
from survey.services.audit import PAGE
from tests.support.application import NOON, Running
from tests.support.cases import a_case
from tests.support.staff import ADMINISTRATOR, signed_in
from tests.support.web import WebPerson
from tests.survey.services.test_audit import altered, unlock


async def noted(here: Running, *notes: Note) -> None:
    async with here.core.begin() as work:
        for note in notes:
            await work.audit.add(note)
        await work.commit()


def rows_of(person: WebPerson) -> list[list[str]]:
    return [
        [cell.text for cell in [*row.all("th"), *row.all("td")]]
        for row in person.page.one("tbody").all("tr")
    ]


async def test_an_entry_says_of_roles_where_they_hold(here: Running) -> None:
    grants = [["administrator", "", ""], ["service_manager", "schools", "payroll"]]
    subject = f"account:{here.core.ids.uuid()}"
    await noted(here, Note(NOON, OPERATOR, "account.invited", subject, {"grants": grants}))
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens("/staff/audit?who=operator")

    assert rows_of(person)[0][4] == "grants: administrator, service manager (schools, payroll)"


async def test_an_entry_says_who_did_what_to_whom_and_when_in_local_time(here: Running) -> None:
    somebody = Person(
        here.core.ids.uuid(), "P1", "Alex Morgan", ("oakfield",), NOON, email="alex@barnet.example"
    )
    async with here.core.begin() as work:
        await work.people.put([somebody])
        await work.commit()
    async with signed_in(here, ADMINISTRATOR, name="Sam Okafor") as person:
        async with here.core.begin.read() as work:
            account = (await work.accounts.all())[0]
        await noted(
            here,
            Note(
                NOON, OPERATOR, "key.added", f"key:{here.core.ids.uuid()}", {"scopes": ["a", "b"]}
            ),
            Note(
                NOON + timedelta(hours=1),
                Actor.account(account.id),
                "person.moved",
                f"person:{somebody.id}",
                {"units": ["oakfield"]},
            ),
        )
        await person.opens("/staff/audit")
        first, second, _signed_in = rows_of(person)
        await person.opens("/staff/audit?find=alex@barnet.example")
        of_person = rows_of(person)
        await person.opens("/staff/audit?find=P1&who=operator")

    assert first == [
        "14 May 2026, 14:00",
        "Sam Okafor",
        "moved a person",
        "Alex Morgan",
        "units: oakfield",
        "3",
    ]
    assert second[1:3] == ["The command on the server", "made an API key"]
    assert second[4] == "scopes: a, b"
    assert of_person == [first]
    assert "Nothing is recorded that you ask for." in person.text


async def test_the_record_is_read_in_pages_in_both_directions(here: Running) -> None:
    notes = [Note(NOON, SERVICE, "unit.ended", f"unit:u{number}") for number in range(PAGE + 3)]
    await noted(here, *notes)
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens("/staff/audit")
        newest = [row[-1] for row in rows_of(person)]
        links = {link.text: link.attributes["href"] for link in person.page.one("main").all("a")}
        await person.opens(links["Next page"])
        rest = [row[-1] for row in rows_of(person)]
        await person.opens("/staff/audit?sort=when")
        oldest = [row[-1] for row in rows_of(person)]

    assert newest == [str(number) for number in range(PAGE + 4, 4, -1)]
    assert rest == ["4", "3", "2", "1"]
    assert oldest[:2] == ["1", "2"]


async def test_the_page_says_when_the_record_was_verified_and_verifies_it(here: Running) -> None:
    await noted(here, *[Note(NOON, SERVICE, "unit.ended", "unit:x") for _ in range(3)])
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens("/staff/audit")
        before = person.text
        await person.presses("Verify the record now")
        after = person.text
        await unlock(here)
        await altered(here, ["UPDATE audit SET subject = 'unit:y' WHERE number = 2"])
        await person.presses("Verify the record now")

    assert "It was not verified yet." in before
    assert "All 4 entries of the record are as they were recorded." in after
    assert "Last verified, and found as it was recorded: 14 May 2026, 13:00." in after
    assert "Entry 2 of the record was changed." in person.text


async def test_what_the_address_asks_for_and_nobody_knows_is_refused(here: Running) -> None:
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens("/staff/audit?beyond=x")
        assert person.status == 400
        await person.opens("/staff/audit?since=yesterday")
        assert person.status == 400


async def test_only_administrators_of_the_whole_body_read_the_record(here: Running) -> None:
    for grant, status in (
        (Grant(Role.VIEWER), 403),
        (Grant(Role.SURVEY_MANAGER), 403),
        (Grant(Role.ADMINISTRATOR, unit="schools"), 403),
        (ADMINISTRATOR, 200),
    ):
        async with signed_in(here, grant) as person:
            await person.opens("/staff/audit")
            assert person.status == status, grant


def test_each_action_that_the_program_records_has_words() -> None:
    """Found in the source: a new one without words would be read as its code."""
    quoted = re.compile(
        r'"((?:account|audit|event|erasures|joins|key|person|questionnaire|responses'
        r'|service|services|unit)\.[a-z_]{4,})"'
    )
    source = (path.read_text() for path in Path(survey.services.__path__[0]).glob("*.py"))
    recorded = {action for text in source for action in quoted.findall(text)}

    assert {"account.signed_in", "person.moved", "questionnaire.published"} <= recorded
    assert recorded - ACTIONS.keys() == set()


async def test_what_was_done_to_a_report_is_said_in_words_and_leads_to_it(here: Running) -> None:
    case = await a_case(here)
    assert {f"case.{kind}" for kind in EntryKind} <= set(ACTIONS)
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens("/staff/audit?what=case.")

        [row] = person.page.one("tbody").all("tr")
        assert "reported a problem" in row.text
        assert row.one("a").attributes["href"] == f"/staff/cases/{case.reference}"
