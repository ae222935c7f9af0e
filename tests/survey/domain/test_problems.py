"""What may be said of problems and actions, and when a problem comes back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from survey.domain.case_records import Action, ActionState, LinkKind, Problem, ProblemState
from survey.domain.problems import (
    LONGEST_TEXT,
    ActionSaid,
    ProblemSaid,
    action_as_said,
    is_known,
    is_overdue,
    problem_as_said,
    raised_again,
    spoken,
)
from survey.errors import FieldsRejected

NOON = datetime(2026, 5, 14, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PROBLEM = Problem(UUID(int=1), "Payslips are late", "payroll", NOON)
SAID = ProblemSaid(title="Payslips are late", service="payroll")
ACTION = Action(UUID(int=2), "Pay earlier", "payroll", "Head of HR", date(2026, 6, 1), NOON)
PLAN = ActionSaid(
    title="Pay earlier", service="payroll", owner="Head of HR", due_on=date(2026, 6, 1)
)


def faults(said: ProblemSaid | ActionSaid, action: Action = ACTION) -> set[tuple[str, str]]:
    def check() -> object:
        if isinstance(said, ProblemSaid):
            return problem_as_said(PROBLEM, said, at=NOON)
        return action_as_said(action, said, at=NOON)

    with pytest.raises(FieldsRejected) as refused:
        check()
    return {(fault.path[0], fault.code) for fault in refused.value.faults}


def test_what_is_told_says_when_more_is_said() -> None:
    assert faults(replace(SAID, told="We know")) == {("update_by", "required")}
    told = problem_as_said(PROBLEM, replace(SAID, told="We know", update_by=NOON + DAY), at=NOON)

    assert (told.told_at, told.update_by) == (NOON, NOON + DAY)
    again = replace(ProblemSaid.of(told), cause="A late file")
    assert problem_as_said(told, again, at=NOON + DAY).told_at == NOON


def test_a_problem_that_is_fixed_says_what_was_done_and_promises_no_more() -> None:
    fixed = replace(SAID, state=ProblemState.FIXED)
    assert faults(fixed) == {("told", "required")}
    done = problem_as_said(
        PROBLEM, replace(fixed, told="Sent on time", update_by=NOON + DAY), at=NOON
    )

    assert (done.fixed_at, done.update_by) == (NOON, None)
    still = problem_as_said(done, ProblemSaid.of(done), at=NOON + DAY)
    assert still.fixed_at == NOON


def test_planned_downtime_has_a_beginning_before_its_end() -> None:
    planned = replace(SAID, planned=True)

    assert faults(planned) == {("begins_at", "required"), ("ends_at", "required")}
    assert faults(replace(planned, begins_at=NOON, ends_at=NOON)) == {("ends_at", "order")}
    assert faults(replace(planned, planned=False, ends_at=NOON)) == {("ends_at", "not_planned")}
    assert problem_as_said(
        PROBLEM, replace(planned, told="Closed", begins_at=NOON, ends_at=NOON + DAY), at=NOON
    ).planned


def test_texts_are_there_and_no_longer_than_can_be_read() -> None:
    wrong = replace(SAID, title="", cause="x" * (LONGEST_TEXT + 1), plan="\0", owner="o" * 121)

    assert faults(wrong) == {
        ("title", "required"),
        ("cause", "too_long"),
        ("plan", "bad_sign"),
        ("owner", "too_long"),
    }
    assert faults(replace(PLAN, owner="", said={"cy": "\0"})) == {
        ("owner", "required"),
        ("said_cy", "bad_sign"),
    }


@pytest.mark.parametrize(("days", "comes_back"), [(0, True), (90, True), (91, False)])
def test_a_problem_is_raised_again_within_ninety_days(days: int, comes_back: bool) -> None:
    fixed = replace(PROBLEM, state=ProblemState.FIXED, fixed_at=NOON)
    raised = raised_again(fixed, at=NOON + days * DAY)

    assert (raised is not None) is comes_back
    if raised is not None:
        assert (raised.state, raised.fixed_at, raised.recurrences) == (ProblemState.OPEN, None, 1)
    assert raised_again(PROBLEM, at=NOON) is None


def test_known_is_what_is_told_until_a_week_after_it_is_fixed() -> None:
    told = replace(PROBLEM, told="We know")
    fixed = replace(told, state=ProblemState.FIXED, fixed_at=NOON)

    assert not is_known(PROBLEM, now=NOON)
    assert is_known(told, now=NOON)
    assert is_known(fixed, now=NOON + 6 * DAY)
    assert not is_known(fixed, now=NOON + 7 * DAY)


def test_planned_downtime_is_known_until_it_is_over() -> None:
    planned = replace(
        PROBLEM, told="Closed", planned=True, begins_at=NOON + DAY, ends_at=NOON + 2 * DAY
    )

    assert is_known(planned, now=NOON)
    assert not is_known(planned, now=NOON + 2 * DAY)


def test_an_action_is_overdue_from_the_day_after_until_it_is_done_or_dropped() -> None:
    assert not is_overdue(ACTION, date(2026, 6, 1))
    assert is_overdue(ACTION, date(2026, 6, 2))
    assert is_overdue(replace(ACTION, state=ActionState.UNDER_WAY), date(2026, 6, 2))
    for state in (ActionState.DONE, ActionState.DROPPED):
        assert not is_overdue(replace(ACTION, state=state), date(2026, 6, 2))


def test_an_action_keeps_texts_that_are_there_and_each_link_once() -> None:
    link = (LinkKind.CASE, "P-4TK2")
    after = action_as_said(
        ACTION,
        replace(PLAN, said={"en": "Late", "cy": ""}, links=(link, link), state=ActionState.DONE),
        at=NOON,
    )

    assert (after.said, after.links, after.done_at) == ({"en": "Late"}, (link,), NOON)
    again = action_as_said(after, ActionSaid.of(after), at=NOON + DAY)
    assert again.done_at == NOON


def test_what_was_published_cannot_be_emptied() -> None:
    published = replace(ACTION, said={"en": "Late"}, did={"en": "Paid"}, told_at=NOON)

    assert faults(PLAN, published) == {("said_en", "required"), ("did_en", "required")}
    kept = replace(ActionSaid.of(published), did={"en": "Paid earlier"})
    assert action_as_said(published, kept, at=NOON).did == {"en": "Paid earlier"}


def test_a_text_is_read_in_ones_language_or_in_english_or_in_any() -> None:
    assert spoken({"en": "Late", "cy": "Hwyr"}, "cy") == ("cy", "Hwyr")
    assert spoken({"en": "Late", "cy": ""}, "cy") == ("en", "Late")
    assert spoken({"cy": "Hwyr"}, "en") == ("cy", "Hwyr")
    assert spoken({}, "en") == ("en", "")
