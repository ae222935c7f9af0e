"""Reports that staff write down: for somebody on the telephone, and of a letter."""

from survey.domain.accounts import Grant, Role
from survey.domain.case_records import CaseQuery, Telling, TellingKind
from survey.domain.cases import Case, CaseKind, Effect, EntryKind
from tests.support.application import Running
from tests.support.joining import a_person
from tests.support.pictures import photo
from tests.support.staff import ADMINISTRATOR, signed_in
from tests.support.web import WebPerson
from tests.survey.services.test_inbound import ANN, a_letter, taken, timeline


async def only_case(here: Running, person: WebPerson) -> Case:
    """The one whose page is open."""
    async with here.core.begin.read() as work:
        case = await work.cases.by_reference(person.path.rpartition("/")[2])
    assert case is not None
    return case


async def told(here: Running, case: Case) -> list[Telling]:
    async with here.core.begin.read() as work:
        return list(await work.tellings.of_case(case.id))


async def test_what_somebody_says_on_the_telephone_is_a_report_and_they_are_told(
    here: Running,
) -> None:
    ann = await a_person(here, "Ann Lee", "oakfield", email=ANN)
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens("/staff/cases")
        await person.opens("/staff/cases/new")
        person.picks("payroll", of="service")
        person.picks("wrong_pay", of="kind")
        person.picks("stuck", of="effect")
        person.types("Three payslips are wrong", into="text")
        person.types(ANN, into="email")
        await person.presses("Keep the report")

        assert "The report is kept. Tell them its reference." in person.text
        case = await only_case(here, person)

    assert (case.service, case.unit, case.person) == ("payroll", "oakfield", ann.id)
    assert (case.kind, case.effect) == (CaseKind.WRONG_PAY, Effect.STUCK)
    [entry] = await timeline(here, case)
    assert (entry.kind, entry.text) == (EntryKind.REPORTED, "Three payslips are wrong")
    assert entry.actor.startswith("account:")
    assert [each.kind for each in await told(here, case)] == [TellingKind.RECEIVED]


async def test_a_form_that_is_sent_again_makes_no_second_report_of_the_same(here: Running) -> None:
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens("/staff/cases/new")
        person.picks("payroll", of="service")
        person.picks("wrong_pay", of="kind")
        person.types("Three payslips are wrong", into="text")
        again = person.sending("Keep the report")
        await person.presses("Keep the report")
        first = person.path

        await person.sends(again)

        assert person.path == first
        await person.sends(again.with_(text="Another one is wrong"))
        assert person.path != first
    async with here.core.begin.read() as work:
        assert len(await work.cases.ids(CaseQuery(), now=here.clock.now(), limit=10)) == 2


async def test_what_is_missing_is_named_and_what_was_typed_stays(here: Running) -> None:
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens("/staff/cases/new")
        person.types("Three payslips are wrong", into="text")
        person.picks("wrong_pay", of="kind")
        await person.presses("Keep the report")

        assert person.error == "Choose a service"
        person.picks("payroll", of="service")
        person.types("nobody", into="email")
        await person.presses("Keep the report")
        assert person.error == "Give an e-mail address such as name@school.example"
        person.types("", into="email")
        await person.presses("Keep the report")
        case = await only_case(here, person)
    assert [each.text for each in await timeline(here, case)] == ["Three payslips are wrong"]


async def test_a_letter_to_nobodys_report_becomes_one_with_its_files_and_waits_no_more(
    here: Running,
) -> None:
    letter = a_letter("No pay since May", subject="Help")
    letter.add_attachment(photo(), maintype="image", subtype="jpeg", filename="slip.jpg")
    await taken(here, None, letter)
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens("/staff/cases/held")
        link = next(a for a in person.page.all("a") if a.text == "Make a report of this letter")
        await person.opens(link.attributes["href"])
        person.picks("payroll", of="service")
        person.picks("wrong_pay", of="kind")
        sending = person.sending("Keep the report")
        await person.presses("Keep the report")
        case = await only_case(here, person)

        await person.opens("/staff/cases/held")
        assert "No letter waits." in person.text
        await person.sends(sending)
        assert person.status == 404
    [entry] = await timeline(here, case)
    assert (entry.text, entry.data["by"], len(entry.files)) == ("No pay since May", "email", 1)
    assert case.email == ANN
    assert [each.receiver for each in await told(here, case)] == [f"email:{ANN}"]


async def test_nobody_writes_down_what_would_not_be_theirs_to_work(here: Running) -> None:
    async with signed_in(here, Grant(Role.CASE_WORKER, service="it")) as person:
        await person.opens("/staff/cases/new")
        assert "Payroll" not in person.text
        sending = person.sending("Keep the report")
        sending = sending.with_(service="payroll", kind="broken", text="It is broken")
        await person.sends(sending)

        assert person.error == "Choose a service and school whose reports you work on"
