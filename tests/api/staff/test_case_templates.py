"""Replies to begin from: who sees which, and who changes them."""

from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from tests.support.application import Running
from tests.support.staff import signed_in

PATH = "/staff/cases/templates"
WORKER = Grant(Role.CASE_WORKER)
OF_PAYROLL = Grant(Role.CASE_WORKER, service="payroll")


async def test_a_reply_is_added_changed_and_removed(here: Running) -> None:
    async with signed_in(here, WORKER) as worker:
        await worker.opens(PATH)
        assert "There are none yet." in worker.text
        await worker.opens(f"{PATH}/add")
        await worker.presses("Save")
        errors = worker.page.one("ul", class_="govuk-error-summary__list").all("li")
        assert [each.text for each in errors] == ["Give it a name", "Write the reply in English"]
        worker.types("Thanks", into="name")
        worker.types("Thank you.\r\nWe look at it.", into="text-en")
        worker.picks("payroll", of="service")
        await worker.presses("Save")
        assert "The reply is saved." in worker.text
        assert "We look at it." in worker.text

        [made] = await here.core.case_desk.templates()
        assert (made.service, made.text) == ("payroll", {"en": "Thank you.\nWe look at it."})
        await worker.opens(f"{PATH}/{made.id}")
        worker.types("Diolch.", into="text-cy")
        await worker.presses("Save")
        assert (await here.core.case_desk.template(made.id)).in_("cy") == "Diolch."
        await worker.opens(f"{PATH}/{made.id}")
        await worker.presses("Remove it")
        assert await here.core.case_desk.templates() == []


async def test_a_team_reads_what_is_for_all_and_changes_its_own_alone(here: Running) -> None:
    put = here.core.case_desk.put_template
    text = {"en": "Hello"}
    of_all = await put(None, name="For all", service="", text=text, by=OPERATOR)
    own = await put(None, name="For payroll", service="payroll", text=text, by=OPERATOR)
    other = await put(None, name="For IT", service="it", text=text, by=OPERATOR)
    async with signed_in(here, OF_PAYROLL) as worker:
        await worker.opens(PATH)
        shown = [each.text for each in worker.page.all("th", role="rowheader")]
        assert shown == ["For all", "For payroll"]
        for template, status in ((of_all, 404), (own, 200), (other, 404)):
            await worker.opens(f"{PATH}/{template.id}")
            assert worker.status == status
        await worker.opens(f"{PATH}/add")
        options = [each.text for each in worker.page.one("select", name="service").all("option")]
        assert options == ["Payroll"]
        await worker.sends(worker.sending("Save").with_(service="it", name="x"))
        assert worker.status == 404
    assert len(await here.core.case_desk.templates()) == 3
