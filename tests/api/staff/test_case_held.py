"""Letters that wait for staff: why, and what becomes of them."""

from survey.domain.accounts import Grant, Role
from tests.support.application import Running
from tests.support.cases import a_case
from tests.support.staff import ADMINISTRATOR, signed_in
from tests.survey.services.test_inbound import ANN, a_letter, taken, timeline

PATH = "/staff/cases/held"


async def test_a_letter_in_doubt_is_taken_in_by_staff_who_see_why(here: Running) -> None:
    case = await a_case(here, email=ANN)
    sender = "eve@elsewhere.example"
    await taken(here, case, a_letter("It was May", sender=sender), sender=sender)
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens(PATH)
        assert "It comes from another address than the one that we wrote to." in person.text
        assert f"From {sender}" in person.text
        await person.presses("Take it in as the reporter's words")

        assert "The letter stands in the timeline" in person.text
    assert (await timeline(here, case))[-1].text == "It was May"


async def test_one_that_names_no_report_needs_a_reference_or_is_dropped(here: Running) -> None:
    case = await a_case(here, email=ANN)
    await taken(here, None, a_letter("To whom it may concern", subject="Hello"))
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens(PATH)
        person.types("P-0000", into="reference")
        await person.presses("Take it in as the reporter's words")
        assert person.error is not None
        assert person.error.startswith("Give the reference of a report")
        assert len(await timeline(here, case)) == 1
        sending = person.sending("Drop it")
        await person.presses("Drop it")
        assert "The letter is dropped." in person.text
        assert "No letter waits." in person.text
        await person.sends(sending)
        assert person.status == 404


async def test_who_works_another_service_is_shown_none_of_it(here: Running) -> None:
    case = await a_case(here, email=ANN)
    sender = "eve@elsewhere.example"
    await taken(here, case, a_letter("It was May", sender=sender), sender=sender)
    async with signed_in(here, Grant(Role.CASE_WORKER, service="it")) as person:
        await person.opens(PATH)
        assert "No letter waits." in person.text
