"""A report by its link: read, answered with files, judged, rated, handed on; nobody else sees it.

The checklist of the school business manager: status on request, "Fixed?" with yes, partly and no,
an addition to any report at any time, a colleague who takes over, leavers without access.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from api.app import create_app
from api.files import FILE_POLICY
from api.limiting import Rates
from api.web import cases as pages
from survey.domain import case_acts as acts
from survey.domain.audit import SERVICE
from survey.domain.cases import Case, CaseState, EntryKind
from survey.domain.file_kinds import MOST_AT_ONCE
from survey.domain.people import Person
from survey.domain.reporter_acts import unkept
from survey.domain.waves import Outcome
from survey.errors import Busy
from survey.services.own_cases import OwnCases
from survey.services.scores import HANDLING
from tests.support.application import NOON, Running
from tests.support.cases import a_case, an_entry
from tests.support.databases import DatabaseKind
from tests.support.pictures import photo
from tests.support.telling import settled
from tests.support.web import WebPerson, browsing, on_the_web


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


@pytest.fixture
async def person(here: Running) -> AsyncIterator[WebPerson]:
    async with on_the_web(here) as somebody:
        yield somebody


@pytest.fixture
async def ann(here: Running) -> Person:
    return await a_person(here, "Ann Byrne")


@pytest.fixture
async def case(here: Running, ann: Person) -> Case:
    return await a_case(here, person=ann.id, unit="oakfield", text="No payslip for 3 of us")


async def a_person(here: Running, name: str, *units: str) -> Person:
    one = Person(uuid4(), f"p-{name}", name, units or ("oakfield",), NOON)
    async with here.core.begin() as work:
        await work.people.put([one])
        await work.commit()
    return one


def address(here: Running, case: Case, place: str = "") -> str:
    return f"/case/{here.core.case_links.token(case.link)}{place}"


async def now(here: Running, case: Case) -> Case:
    async with here.core.begin.read() as work:
        found = await work.cases.get(case.id)
    assert found is not None
    return found


async def texts(here: Running, case: Case) -> list[str]:
    async with here.core.begin.read() as work:
        return [entry.text for entry in await work.cases.timeline(case.id)]


def talk(person: WebPerson) -> list[str]:
    """The timeline as it is read."""
    listed = person.page.one("ol", class_="tb-talk")
    return [each.text for each in listed.all("li", class_="tb-talk__entry")]


async def test_the_page_says_how_it_stands_what_comes_next_and_what_was_said_by_whom(
    here: Running, person: WebPerson, case: Case
) -> None:
    await an_entry(here, case, acts.note("They call often"), acts.reply("Which month?"))

    await person.opens(address(here, case))

    assert person.heading == f"Your report {case.reference}"
    assert "Payroll has your report" in person.text
    assert "You hear from us by" in person.text
    said = talk(person)
    assert len(said) == 2
    assert said[0].startswith("You reported this, 14 May 2026, 13:00")
    assert "No payslip for 3 of us" in said[0]
    assert said[1].startswith("Payroll writes, 14 May 2026, 13:00")
    assert "They call often" not in person.text


@pytest.mark.parametrize(("reason", "says"), [("too_many", True), ("in_doubt", False)])
async def test_where_no_letter_says_that_it_came_in_the_page_says_so(
    here: Running, person: WebPerson, reason: str, says: bool
) -> None:
    case = await a_case(here, email="ann@school.example")
    await person.opens(address(here, case))
    assert "We could not send you an e-mail" not in person.text

    await settled(here, case, Outcome.FAILED, reason)
    await person.opens(address(here, case))

    assert "We could not send you an e-mail that we have this report." in person.text
    assert ("Too many of these went to your address that day." in person.text) is says
    assert "Keep the link of this page" in person.text


async def test_a_file_that_is_not_kept_is_said_in_the_timeline_with_what_to_send_instead(
    here: Running, person: WebPerson, case: Case
) -> None:
    await an_entry(here, case, unkept("list.xlsm", "macros"), by=SERVICE)

    await person.opens(address(here, case))

    assert talk(person)[-1].startswith(
        "We could not keep list.xlsm. The file has macros. Save it without them, as .xlsx or .docx,"
    )


async def test_a_promise_that_was_not_kept_is_said_to_be_late(
    here: Running, person: WebPerson, case: Case
) -> None:
    here.clock.advance(timedelta(days=60))
    await person.opens(address(here, case))
    assert "and are late. We are sorry" in person.text


async def test_a_message_with_files_is_added_once_whatever_is_pressed_twice(
    here: Running, person: WebPerson, case: Case
) -> None:
    await person.opens(address(here, case))
    person.types("Here it is", into="text")
    person.attaches("pay slip.jpg", photo(), to="files")
    sending = person.sending("Send")
    await person.sends(sending)
    assert "We have your message" in person.text
    await person.sends(sending)

    assert await texts(here, case) == ["No payslip for 3 of us", "Here it is"]
    assert "You wrote" in talk(person)[-1]
    [picture] = person.page.all("img")
    shown = await person.http.get(picture.attributes["src"])
    assert shown.headers["content-disposition"].startswith("inline")
    [link] = [each for each in person.page.all("a") if each.text.startswith("Save")]
    saved = await person.http.get(link.attributes["href"])
    assert saved.headers["content-disposition"].endswith("filename*=UTF-8''pay%20slip.jpg")
    for answer in (shown, saved):
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == FILE_POLICY
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"


async def test_a_message_without_files_answers_what_staff_asked(
    here: Running, person: WebPerson, case: Case
) -> None:
    await an_entry(here, case, acts.asked("Which month?"))
    await person.opens(address(here, case))
    assert "needs an answer from you" in person.text
    assert "Your answer" in person.text
    person.types("May", into="text")
    await person.presses("Send")

    assert (await now(here, case)).state is CaseState.IN_PROGRESS


async def test_b30_a_file_that_is_refused_says_why_and_nothing_else_is_lost(
    here: Running, person: WebPerson, case: Case
) -> None:
    await person.opens(address(here, case))
    person.types("Two files", into="text")
    sending = replace(
        person.sending("Send"),
        files=(("files", ("a.jpg", photo())), ("files", ("../../x.svg", b"<svg onload='x'/>"))),
    )
    await person.sends(sending)

    assert person.status == 422
    assert person.error is not None
    assert person.error.startswith("x.svg: We cannot take")
    assert person.page.one("textarea", name="text").raw.strip() == "Two files"
    assert "a.jpg" in person.text
    assert await texts(here, case) == ["No payslip for 3 of us"]
    await person.presses("Send")

    async with here.core.begin.read() as work:
        last = (await work.cases.timeline(case.id))[-1]
        kept = await work.attachments.of_case(case.id)
    assert (last.text, last.files) == ("Two files", (kept[0].id,))
    assert [each.name for each in kept] == ["a.jpg"]


async def test_b30_too_much_at_once_is_refused_with_a_page_and_keeps_nothing(
    here: Running, person: WebPerson, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "BODY_LIMIT", 100_000)
    await person.opens(address(here, case))
    sending = replace(person.sending("Send"), files=(("files", ("a.jpg", b"x" * 300_000)),))
    await person.sends(sending)
    assert (person.status, person.heading) == (413, "Your files are too large together")

    await person.opens(address(here, case))
    many = tuple(("files", (f"{n}.jpg", photo())) for n in range(MOST_AT_ONCE + 1))
    await person.sends(replace(person.sending("Send"), files=many))
    assert (person.status, person.error) == (422, "Choose at most 10 files")
    async with here.core.begin.read() as work:
        assert await work.attachments.of_case(case.id) == []


async def test_a_message_that_is_empty_or_too_long_is_refused_and_kept_to_be_changed(
    here: Running, person: WebPerson, case: Case
) -> None:
    await person.opens(address(here, case))
    await person.presses("Send")
    assert person.error == "Write a message, or choose a file"
    person.types("x" * 4_001, into="text")
    await person.presses("Send")
    assert person.error == "Your message must be 4,000 characters or fewer"
    assert len(person.page.one("textarea", name="text").raw.strip()) == 4_001


async def test_files_of_another_case_cannot_be_named_or_read(
    here: Running, person: WebPerson, case: Case
) -> None:
    other = await a_case(here, unit="elmwood")
    hidden = await here.core.attachments.keep("a.jpg", photo(), case=other.id)
    await person.opens(address(here, case))
    sending = person.sending("Send").with_(kept=str(hidden.id), text="Mine")
    await person.sends(sending)

    async with here.core.begin.read() as work:
        assert (await work.cases.timeline(case.id))[-1].files == ()
    await person.opens(address(here, case, f"/files/{hidden.id}"))
    assert person.status == 404
    await person.sends(sending.with_(kept="x"))
    assert person.status == 400


async def test_no_reopens_it_with_what_is_still_wrong_and_yes_ends_it(
    here: Running, person: WebPerson, case: Case
) -> None:
    await an_entry(here, case, acts.fixed("The payslips were reissued"))
    await person.opens(address(here, case))
    person.types("One is missing", into="wrong")
    await person.presses("Tell us")
    assert (person.status, person.error) == (422, "Select whether it is fixed")
    assert person.page.one("textarea", name="wrong").raw.strip() == "One is missing"
    person.chooses("Not fixed")
    await person.presses("Tell us")

    assert (await now(here, case)).state is CaseState.REOPENED
    assert "You said that it is not fixed" in talk(person)[-1]
    assert "One is missing" in talk(person)[-1]
    assert not person.has("Tell us")

    await an_entry(here, case, acts.fixed("All of them now"))
    await person.opens(address(here, case))
    person.chooses("Fixed")
    await person.presses("Tell us")
    after = await now(here, case)
    assert (after.state, after.reopenings) == (CaseState.CONFIRMED, 1)
    person.chooses("Not fixed")
    await person.presses("Tell us")
    assert (await now(here, case)).state is CaseState.REOPENED


async def test_what_staff_changed_meanwhile_is_shown_and_nothing_typed_is_lost(
    here: Running, person: WebPerson, case: Case
) -> None:
    await an_entry(here, case, acts.fixed("Paid"))
    await person.opens(address(here, case))
    person.chooses("Partly fixed")
    person.types("Half of it", into="wrong")
    sending = person.sending("Tell us")
    await an_entry(here, case, acts.reopened("It is back"))
    await person.sends(sending)

    assert person.status == 409
    assert person.page.one("textarea", name="text").raw.strip() == "Half of it"
    assert "It is open again" in person.text


async def test_how_it_was_handled_is_asked_once_when_it_is_over(
    here: Running, person: WebPerson, case: Case
) -> None:
    await here.publish(HANDLING, open_link=False)
    await an_entry(here, case, acts.fixed("Paid"))
    await person.opens(address(here, case))
    assert not person.has("rating")
    person.chooses("Fixed")
    await person.presses("Tell us")
    await person.presses("rating")
    assert person.error == "Select how well it was handled"
    person.chooses("Very badly")
    await person.presses("rating")

    assert "Thank you for saying how we handled it" in person.text
    assert not person.has("rating")
    async with here.core.begin.read() as work:
        last = (await work.cases.timeline(case.id))[-1]
    assert (last.kind, last.text, dict(last.data)) == (EntryKind.RATED, "", {})


async def test_a_colleague_takes_it_over(
    here: Running, person: WebPerson, case: Case, ann: Person
) -> None:
    ben = await a_person(here, "Ben Moss")
    await a_person(here, "Eve Hill", "elmwood")
    await person.opens(address(here, case, "/hand-on"))
    assert "Eve Hill" not in person.text
    await person.presses("Hand it on")
    assert person.error == "Select a colleague"
    person.chooses("Ben Moss")
    await person.presses("Hand it on")

    assert (await now(here, case)).person == ben.id
    assert person.heading == f"Report {case.reference} is handed to Ben Moss"
    await person.opens(address(here, case))
    assert person.status == 404
    await person.opens(address(here, await now(here, case)))
    assert "The report was handed to a colleague" in person.text


async def test_a_link_of_nobody_or_of_who_left_is_one_page_and_tries_are_limited(
    here: Running, case: Case, ann: Person
) -> None:
    app = create_app(here.core, here.figures, rates=Rates(wrong_links=3))
    link = address(here, case)
    async with browsing(app) as person:
        async with here.core.begin() as work:
            await work.people.put([replace(ann, ended_at=NOON)])
            await work.commit()
        pages_seen = []
        for wrong in (link, "/case/x", f"/case/{'x' * 43}"):
            await person.opens(wrong)
            pages_seen.append((person.status, person.text))
        assert {status for status, _ in pages_seen} == {404}
        assert len(set(pages_seen)) == 1
        await person.opens(link)
        assert person.status == 429


async def test_the_page_speaks_the_language_of_the_report_or_another_that_is_asked_for(
    here: Running, person: WebPerson, ann: Person
) -> None:
    case = await a_case(here, person=ann.id, unit="oakfield", language="cy")
    await person.opens(address(here, case))
    assert person.page.one("html").attributes["lang"] == "cy"
    await person.opens(address(here, case, "?language=en"))
    assert person.heading.startswith("Your report")
    person.types("In English", into="text")
    await person.presses("Send")
    assert person.page.one("html").attributes["lang"] == "en"


async def test_where_nothing_can_be_saved_just_now_what_was_typed_is_given_back(
    here: Running, person: WebPerson, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object, **__: object) -> Case:
        raise Busy("others write")

    monkeypatch.setattr(OwnCases, "say", busy)
    await person.opens(address(here, case))
    person.types("A long story", into="text")
    await person.presses("Send")
    assert person.status == 503
    assert person.kept == ["A long story"]


@pytest.mark.parametrize("action", ["", "else"])
async def test_what_no_page_of_ours_sends_is_unreadable(
    here: Running, person: WebPerson, case: Case, action: str
) -> None:
    await person.opens(address(here, case))
    await person.sends(person.sending("Send").with_(action=action))
    assert person.status == 400
    await person.opens(address(here, case, f"/files/{UUID(int=0)}"))
    assert person.status == 404


async def test_b20_words_of_danger_in_a_message_are_answered_at_once_with_whom_to_telephone(
    here: Running, person: WebPerson, case: Case
) -> None:
    await person.opens(address(here, case))
    assert "Samaritans" not in person.text
    person.types("I want to kill myself", into="text")
    await person.presses("Send")

    assert "Samaritans, 116 123" in person.text
    assert (await now(here, case)).restricted


async def test_a_form_that_another_site_sends_is_not_obeyed(
    here: Running, person: WebPerson, case: Case
) -> None:
    await person.opens(address(here, case))
    person.types("Not mine", into="text")
    sending = person.sending("Send")
    person.http.headers["Sec-Fetch-Site"] = "cross-site"
    for action in ("message", "report"):
        await person.sends(sending.with_(action=action))
        assert person.status == 403

    assert (await now(here, case)).revision == case.revision
