"""Queues that people keep, and replies that teams begin from."""

import pytest

from survey.domain.audit import OPERATOR
from survey.domain.case_desk import MOST_QUEUES
from survey.errors import FieldsRejected, NotFound
from tests.support.application import Running
from tests.support.staff import an_account
from tests.support.stored import audited


def codes(rejected: pytest.ExceptionInfo[FieldsRejected]) -> list[tuple[str, str]]:
    return [(each.path[0], each.code) for each in rejected.value.faults]


async def test_a_queue_is_its_owners_alone(here: Running) -> None:
    ann, bob = await an_account(here), await an_account(here)
    desk = here.core.case_desk

    kept = await desk.keep_queue(ann.id, " Late payslips ", "late=1&service=payroll")

    assert [each.name for each in await desk.queues(ann.id)] == ["Late payslips"]
    assert await desk.queues(bob.id) == []
    with pytest.raises(NotFound):
        await desk.drop_queue(kept.id, bob.id)
    await desk.drop_queue(kept.id, ann.id)
    assert await desk.queues(ann.id) == []


async def test_a_queue_needs_a_name_of_its_own_and_there_are_not_too_many(here: Running) -> None:
    ann, desk = await an_account(here), here.core.case_desk
    for number in range(MOST_QUEUES):
        await desk.keep_queue(ann.id, f"Queue {number}", "")

    with pytest.raises(FieldsRejected) as rejected:
        await desk.keep_queue(ann.id, "Queue 1", "")
    assert codes(rejected) == [("name", "name_taken"), ("name", "too_many")]
    with pytest.raises(FieldsRejected) as rejected:
        await desk.keep_queue((await an_account(here)).id, " ", "")
    assert codes(rejected) == [("name", "required")]


async def test_a_reply_is_offered_to_its_service_and_those_below(here: Running) -> None:
    desk = here.core.case_desk
    text = {"en": "Thank you.", "cy": "Diolch."}
    made = await desk.put_template(None, name="Thanks", service="payroll", text=text, by=OPERATOR)
    await desk.put_template(None, name="All", service="", text={"en": "Hello"}, by=OPERATOR)

    assert [each.name for each in await desk.templates_for("payroll")] == ["All", "Thanks"]
    assert [each.name for each in await desk.templates_for("it")] == ["All"]
    assert (made.in_("cy"), made.in_("pl")) == ("Diolch.", "Thank you.")

    changed = await desk.put_template(
        made.id, name="Thanks", service="", text={"en": "Thanks."}, by=OPERATOR
    )
    assert await desk.template(made.id) == changed
    await desk.drop_template(made.id, by=OPERATOR)
    with pytest.raises(NotFound):
        await desk.template(made.id)
    actions = [each.action for each in await audited(here)]
    assert actions[-2:] == ["reply_template.saved", "reply_template.removed"]


async def test_a_reply_without_english_or_for_no_service_is_refused(here: Running) -> None:
    with pytest.raises(FieldsRejected) as rejected:
        await here.core.case_desk.put_template(
            None, name="", service="atlantis", text={"cy": "Helo"}, by=OPERATOR
        )
    assert codes(rejected) == [
        ("name", "required"),
        ("text-en", "required"),
        ("service", "no_service"),
    ]
