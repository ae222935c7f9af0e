"""A report begun by a link of one's own, and known problems joined before anything is typed.

The checklist of the school business manager: school and contact filled in from the link.
"""

from uuid import uuid4

from survey.domain.case_records import Problem, ProblemState
from survey.domain.cases import Case
from tests.api.web.test_cases import a_person, address
from tests.support.application import NOON, Running
from tests.support.asked import a_wave, asked
from tests.support.cases import a_case
from tests.support.web import WebPerson


async def reports(here: Running, person: WebPerson) -> Case:
    """Go through the pages of a report of which the school is known."""
    await person.presses("Start")
    assert person.path == "/problem/q/service"
    await person.answers("Payroll", "Something is broken")
    person.types("The portal is down")
    await person.presses("Continue")
    await person.answers("We are stuck", "")
    assert person.lines["School, department or team"] == "Oakfield Primary School"
    await person.presses("Send my report")
    async with here.core.begin.read() as work:
        case = await work.cases.by_reference(person.receipt)
    assert case is not None
    return case


async def test_from_an_invitation_school_and_contact_are_known(
    here: Running, person: WebPerson
) -> None:
    ann = await asked(here, await a_wave(here))
    await person.opens(f"/i/{ann.token}")
    await person.presses("Report a problem instead")
    assert person.heading == "Report a problem"

    case = await reports(here, person)

    assert (case.person, case.unit, case.email) == (ann.person.id, "oakfield", None)


async def test_from_the_link_of_a_report_another_begins_of_nobody_known(
    here: Running, person: WebPerson
) -> None:
    """It may be passed on: whoever holds it reports as themselves."""
    ann = await a_person(here, "Ann Byrne")
    known = await a_problem(here, "May payslips are late")
    earlier = await a_case(here, person=ann.id, unit="oakfield", problem=known.id)
    await person.opens(address(here, earlier))
    await person.presses("Report another problem")
    assert person.path.startswith("/problem")
    await person.presses(f"join={known.id}")

    assert person.receipt != earlier.reference
    async with here.core.begin.read() as work:
        case = await work.cases.by_reference(person.receipt)
    assert case is not None
    assert case.person is None


async def a_problem(here: Running, title: str, **said: object) -> Problem:
    problem = Problem(uuid4(), title, "payroll", NOON, told=title, told_at=NOON, **said)  # type: ignore[arg-type]
    async with here.core.begin() as work:
        await work.problems.add(problem)
        await work.commit()
    return problem


async def test_what_is_known_is_shown_first_and_joined_with_one_press(
    here: Running, person: WebPerson
) -> None:
    known = await a_problem(here, "May payslips are late", update_by=NOON)
    await a_problem(here, "April was wrong", state=ProblemState.FIXED, fixed_at=NOON)

    await person.opens("/problem")
    assert "May payslips are late" in person.text
    assert "Next update: 14 May 2026, 13:00." in person.text
    assert "April was wrong" not in person.text
    await person.presses(f"join={known.id}")

    assert person.path == "/problem/done"
    async with here.core.begin.read() as work:
        case = await work.cases.by_reference(person.receipt)
    assert case is not None
    assert (case.problem, case.service, case.person) == (known.id, "payroll", None)


async def test_who_came_by_their_link_joins_as_themselves_and_once(
    here: Running, person: WebPerson
) -> None:
    known = await a_problem(here, "May payslips are late")
    ann = await asked(here, await a_wave(here))
    references = []
    for _ in range(2):
        await person.opens(f"/i/{ann.token}")
        await person.presses("Report a problem instead")
        await person.presses(f"join={known.id}")
        references.append(person.receipt)
        await person.presses("Report another problem")

    assert references[0] == references[1]
    async with here.core.begin.read() as work:
        case = await work.cases.by_reference(references[0])
    assert case is not None
    assert (case.person, case.unit) == (ann.person.id, "oakfield")


async def test_a_problem_that_is_no_more_is_not_joined(here: Running, person: WebPerson) -> None:
    known = await a_problem(here, "May payslips are late")
    await person.opens("/problem")
    sending = person.sending(f"join={known.id}").with_(join=str(uuid4()))
    await person.sends(sending)
    assert person.status == 404
