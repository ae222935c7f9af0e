"""/problem without a script: what is told first, files, what is known, and the reference."""

from uuid import uuid4

from sqlalchemy import func, select, update

from survey.db.tables import attachments, cases, conversations, sessions
from survey.domain.case_records import Problem
from survey.domain.cases import CaseKind
from tests.api.web.conftest import count_rows
from tests.support.application import NOON, Running
from tests.support.web import WebPerson

TEXT = "Three payslips are wrong again"


async def comes_to_the_text(person: WebPerson, *, kind: str = "Wrong pay or a wrong bill") -> None:
    await person.opens("/problem")
    await person.presses("Start")
    await person.chooses_unit()
    await person.answers("Payroll", kind)


async def comes_to_the_files(person: WebPerson, text: str = TEXT) -> None:
    await comes_to_the_text(person)
    person.types(text)
    await person.presses("Continue")
    await person.answers("We are stuck")


async def test_urgent_ways_are_told_before_anybody_types_and_nothing_is_stored(
    here: Running, person: WebPerson
) -> None:
    """Section C, school business manager: urgent route shown before typing, with a number."""
    await person.opens("/problem")

    assert person.heading == "Report a problem"
    assert "call 999" in person.text
    assert await count_rows(here, sessions, conversations) == [0, 0]


async def test_somebody_reports_with_a_file_and_is_given_a_reference_and_when_they_hear(
    here: Running, person: WebPerson
) -> None:
    await comes_to_the_files(person)
    assert person.path == "/problem/q/files"
    person.attaches("list.csv", b"name,pay\nA,1\n", to="answer")
    await person.presses("Continue")
    assert person.path == "/problem/q/email"
    await person.answers("")
    assert person.lines["Photos and files"] == "list.csv"
    await person.presses("Send my report")

    assert person.path == "/problem/done"
    assert "Payroll answers by 14 May 2026, 17:00" in person.text
    async with here.core.begin.read() as work:
        case = await work.cases.by_reference(person.receipt)
        assert case is not None
        files = await work.attachments.of_case(case.id)
    assert (case.service, case.unit, case.kind) == ("payroll", "oakfield", CaseKind.WRONG_PAY)
    assert [each.name for each in files] == ["list.csv"]
    assert any(f"/case/{here.core.case_links.token(case.link)}" in link for link in links(person))


async def test_files_that_are_sent_again_are_there_once(here: Running, person: WebPerson) -> None:
    await comes_to_the_files(person)
    person.attaches("list.csv", b"name,pay\nA,1\n", to="answer")
    again = person.sending("Continue")
    await person.presses("Continue")
    await person.sends(again)
    await person.opens("/problem/q/files")
    person.attaches("more.csv", b"name,pay\nB,2\n", to="answer")
    await person.presses("Continue")

    async with here.core.database.reading() as connection:
        names = await connection.scalars(select(attachments.c.name))
        assert sorted(names) == ["list.csv", "more.csv"]
        assert await connection.scalar(select(func.count()).select_from(conversations)) == 1


async def test_a_file_that_was_refused_in_the_chat_is_told_of_before_sending(
    here: Running, person: WebPerson
) -> None:
    await comes_to_the_files(person)
    person.attaches("list.csv", b"name,pay\nA,1\n", to="answer")
    await person.presses("Continue")
    async with here.core.database.writing() as connection:
        refused = {"refused": "macros", "digest": None, "name": "list.xlsm"}
        await connection.execute(update(attachments).values(**refused))
        await connection.commit()
    await person.answers("")

    assert "We could not keep list.xlsm. The file has macros." in person.text
    await person.opens("/problem/q/files")
    assert "We could not keep list.xlsm. The file has macros." in person.text


async def test_who_reports_in_welsh_by_a_link_is_thanked_in_welsh(person: WebPerson) -> None:
    await person.opens("/problem?language=cy")
    await person.presses("start")
    person.types("Oakfield", into="find")
    await person.presses("find")
    person.chooses("Oakfield Primary School")
    await person.presses("choose")
    for answer in ("payroll", "broken"):
        person.chooses(answer)
        await person.presses("answer")
    person.types("Nid yw'r porth yn gweithio")
    await person.presses("answer")
    person.chooses("stuck")
    for button in ("answer", "skip", "skip", "submit"):
        await person.presses(button)

    assert person.path == "/problem/done"
    assert person.page.one("html").attributes["lang"] == "cy"


def links(person: WebPerson) -> list[str]:
    return [each.attributes.get("href", "") for each in person.page.all("a")]


async def test_a_hostile_file_is_refused_with_why_and_another_can_be_chosen(
    here: Running, person: WebPerson
) -> None:
    """B30."""
    await comes_to_the_files(person)
    person.attaches("drawing.svg", b"<svg onload='alert(1)'></svg>", to="answer")
    await person.presses("Continue")

    assert person.status == 422
    assert person.error is not None
    assert "drawing.svg: We cannot take" in person.error
    assert await count_rows(here, attachments) == [0]


async def test_a_file_can_be_taken_out_again(here: Running, person: WebPerson) -> None:
    await comes_to_the_files(person)
    person.attaches("list.csv", b"name,pay\nA,1\n", to="answer")
    await person.presses("Continue")
    await person.opens("/problem/q/files")
    await person.presses("Remove list.csv")

    assert person.path == "/problem/q/files"
    assert "list.csv" not in person.text
    assert await count_rows(here, attachments) == [0]


async def test_words_of_danger_lead_to_help_at_once_and_the_report_goes_on(
    here: Running, person: WebPerson
) -> None:
    """B20."""
    await comes_to_the_text(person)
    person.types("I want to kill myself")
    await person.presses("Continue")

    assert "Samaritans, 116 123" in person.text
    assert person.heading == "How much does it stop you?"


async def test_numbers_of_people_in_a_text_are_told_and_not_repeated(person: WebPerson) -> None:
    await comes_to_the_text(person)
    person.types("Her number AB123456C is wrong")
    await person.presses("Continue")

    assert "a National Insurance number" in person.text
    assert "AB123456C" not in person.text


async def test_a_known_problem_is_shown_before_sending_and_joined_in_one_press(
    here: Running, person: WebPerson
) -> None:
    problem = Problem(uuid4(), "Payslips", "payroll", NOON, told="We know of wrong payslips.")
    async with here.core.begin() as work:
        await work.problems.add(problem)
        await work.commit()
    await comes_to_the_files(person)
    await person.answers("", "")
    assert "Payslips" in [each.text for each in person.page.all("h3")]
    assert "We know of wrong payslips." in person.text
    await person.presses(f"join={problem.id}")

    assert person.path == "/problem/done"
    async with here.core.begin.read() as work:
        case = await work.cases.by_reference(person.receipt)
    assert case is not None
    assert case.problem == problem.id
    assert await count_rows(here, cases) == [1]


async def test_data_that_went_astray_goes_to_whom_it_concerns_and_it_is_said(
    here: Running, person: WebPerson
) -> None:
    async with here.core.begin() as work:
        await work.problems.add(Problem(uuid4(), "Payslips", "payroll", NOON, told="We know."))
        await work.commit()
    await comes_to_the_text(person, kind="Personal data went astray")
    person.types("A list was sent to the wrong school")
    await person.presses("Continue")
    await person.answers("It slows us down", "", "")

    assert "responsible for data protection" in person.text
    assert "We know." not in person.text
    assert "The team that runs the service reads your report" not in person.text


async def test_who_reads_a_report_with_words_of_danger_is_said_before_it_is_sent(
    person: WebPerson,
) -> None:
    """B20: the last page before sending does not promise the usual readers."""
    await comes_to_the_text(person)
    person.types("A pupil told me that he is being hit at home")
    await person.presses("Continue")
    await person.answers("We can work", "", "")

    assert "the people named for this see it first, and few others" in person.text
    assert "The team that runs the service reads your report" not in person.text


async def test_it_is_no_survey_with_an_address_of_its_own(person: WebPerson) -> None:
    await person.opens("/problem")
    await person.opens("/s/problem-report")

    assert person.status == 404
