"""A low score and "you may contact me" open a case by themselves, with what is passed on only."""

from collections.abc import Mapping, Sequence

import pytest
from sqlalchemy import select

from survey.db.tables import cases, entries, responses
from survey.domain.cases import CaseKind
from survey.domain.checking import check_file
from survey.domain.expressions import Value
from survey.domain.loading import read
from survey.domain.records import Comparison
from survey.domain.turns import ChooseUnit, Put, ReviewTurn, Skip, Start, Submit, UnitTurn
from survey.questionnaires import library
from survey.services.shown import Shown
from tests.support.application import Running

CHAT = "telegram:1:7"
LOW: dict[str, Value] = {
    "services_used": ("payroll",),
    "satisfaction_payroll": 1,
    "biggest_problem": "Late payslips",
}
AGREED = LOW | {"may_contact": "yes"}

CONFIDENTIAL = """
key: how-was-it
title: How was it?
purpose: To see.
privacy: confidential
service_question: service
contact: {low: [satisfaction], agreed: may_contact, passes_on: [comment]}
questions:
  - {name: service, type: select_one, choices: services, required: true, label: Service}
  - name: satisfaction
    type: scale
    start: 1
    end: 5
    points: {1: Bad, 5: Good}
    label: Satisfied?
  - {name: comment, type: text, label: Comment}
  - name: may_contact
    type: select_one
    label: May we contact you?
    choices: [{name: "yes", label: "Yes"}, {name: "no", label: "No"}]
"""


async def answered(here: Running, key: str, answers: Mapping[str, Value]) -> Shown:
    talk = here.core.conversations
    shown = await talk.begin(CHAT, key)
    shown = await talk.apply(shown.conversation, Start(), owner=CHAT)
    while not isinstance(shown.turn, ReviewTurn):
        name = getattr(shown.turn, "name", "")
        input_ = Put(name, answers[name]) if name in answers else Skip(name)
        if isinstance(shown.turn, UnitTurn):
            oakfield = ChooseUnit(await talk.unit("oakfield"))
            shown = await talk.apply(shown.conversation, oakfield, owner=CHAT)
        else:
            shown = await talk.apply(shown.conversation, input_, owner=CHAT)
    return shown


async def opened(here: Running, shown: Shown) -> Sequence[tuple[str, str, str, str]]:
    """Of each case after sending: its service, unit, kind and the text of its report."""
    submit = Submit(shown.state.revision)
    await here.core.conversations.apply(shown.conversation, submit, owner=CHAT)
    async with here.core.database.reading() as connection:
        rows = await connection.execute(
            select(cases.c.service, cases.c.unit, cases.c.kind, entries.c.text).join(entries)
        )
        return [(row.service, row.unit, row.kind, row.text) for row in rows]


async def test_somebody_unhappy_who_agrees_has_a_case_for_the_service_that_they_rated(
    here: Running,
) -> None:
    await here.publish("school-service-check")

    text = "Payroll: Very dissatisfied\nBiggest problem: Late payslips"
    assert await opened(here, await answered(here, "school-service-check", AGREED)) == [
        ("payroll", "oakfield", CaseKind.FEEDBACK, text)
    ]


@pytest.mark.parametrize(
    "answers",
    [LOW, LOW | {"may_contact": "no"}, AGREED | {"satisfaction_payroll": 3}],
    ids=["not asked", "refused", "not low"],
)
async def test_nothing_is_opened_without_both(here: Running, answers: Mapping[str, Value]) -> None:
    await here.publish("school-service-check")

    assert await opened(here, await answered(here, "school-service-check", answers)) == []


async def test_sending_again_after_a_crash_between_case_and_answers_opens_no_second(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.publish("school-service-check")
    shown = await answered(here, "school-service-check", AGREED)

    async def killed(_: object) -> None:
        raise ConnectionAbortedError

    submit = Submit(shown.state.revision)
    with monkeypatch.context() as patched:
        patched.setattr(type(here.core.writer), "apply", lambda *_: killed(None))
        with pytest.raises(ConnectionAbortedError):
            await here.core.conversations.apply(shown.conversation, submit, owner=CHAT)

    assert len(await opened(here, shown)) == 1
    async with here.core.database.reading() as connection:
        assert len(list(await connection.scalars(select(responses.c.id)))) == 1


async def test_of_a_confidential_answer_the_case_has_what_is_passed_on_and_no_school(
    here: Running,
) -> None:
    loaded = read(CONFIDENTIAL, name="how-was-it.yaml")
    await here.core.catalogue.publish(
        loaded, decide=lambda _: Comparison.SAME_SERIES, open_link=True
    )
    answers: dict[str, Value] = {
        "service": "hr",
        "satisfaction": 1,
        "comment": "Slow",
        "may_contact": "yes",
    }

    assert await opened(here, await answered(here, "how-was-it", answers)) == [
        ("hr", "", CaseKind.FEEDBACK, "Comment: Slow")
    ]


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("privacy: confidential", "privacy: anonymous", "contact_nobody"),
        ("low: [satisfaction]", "low: [comment]", "contact_low"),
        ("service_question: service\n", "", "contact_service"),
        ("agreed: may_contact", "agreed: comment", "contact_agreed"),
        ("passes_on: [comment]", "passes_on: [coment]", "unknown_name"),
    ],
)
def test_a_rule_that_cannot_work_is_said(before: str, after: str, code: str) -> None:
    def codes(text: str) -> list[str]:
        found = check_file(text, name="x.yaml", services=library.services(), blocks={})
        return [fault.code for fault in found]

    assert codes(CONFIDENTIAL) == []
    assert code in codes(CONFIDENTIAL.replace(before, after, 1))
