"""What staff do with a case, as entries to be."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from survey.domain import case_acts as acts
from survey.domain.case_copy import after
from survey.domain.cases import (
    Audience,
    Case,
    CaseKind,
    CaseState,
    Effect,
    Entry,
    EntryKind,
    Priority,
    Said,
    Side,
    Verdict,
    Weight,
)
from survey.errors import FieldsRejected

NOON = datetime(2026, 5, 14, 12, tzinfo=UTC)
CASE = Case(
    id=UUID(int=1),
    reference="P-4TK2",
    service="payroll",
    unit="oak",
    kind=CaseKind.OTHER,
    effect=Effect.NONE,
    opened_at=NOON,
)


def done(case: Case, said: Said) -> Case:
    entry = Entry(
        case.id,
        case.revision + 1,
        NOON,
        said.kind,
        said.audience,
        said.side,
        "account:1",
        said.text,
        said.data,
        said.files,
    )
    return after(case, entry)


def codes(wrong: Callable[[], object]) -> list[tuple[tuple[str, ...], str]]:
    with pytest.raises(FieldsRejected) as refused:
        wrong()
    return [(fault.path, fault.code) for fault in refused.value.faults]


def test_sorting_says_what_changed_and_nothing_where_nothing_did() -> None:
    said = acts.sorted_(
        CASE,
        service="it",
        priority=Priority.HIGH,
        weight=Weight.SNAG,
        impact=4,
        likelihood=3,
        verdict=Verdict.PARTLY,
    )
    assert said is not None
    case = done(CASE, said)

    assert (case.service, case.priority, case.weight) == ("it", Priority.HIGH, Weight.SNAG)
    assert case.is_risk
    assert case.provider_verdict is Verdict.PARTLY
    assert said.audience is Audience.STAFF
    assert acts.sorted_(case, service="it", weight=Weight.SNAG, verdict=Verdict.PARTLY) is None


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (lambda: acts.reply("  "), (("text",), "required")),
        (lambda: acts.asked(""), (("text",), "required")),
        (lambda: acts.fixed(""), (("text",), "required")),
        (lambda: acts.declined("not_ours", " "), (("text",), "required")),
        (lambda: acts.note("x" * 4_001), (("text",), "too_long")),
        (lambda: acts.reply("a\0b"), (("text",), "bad_sign")),
        (lambda: acts.assigned(None, "t" * 121), (("team",), "too_long")),
        (lambda: acts.sorted_(CASE, impact=6), (("impact",), "range")),
        (lambda: acts.sorted_(CASE, likelihood=0), (("likelihood",), "range")),
    ],
)
def test_what_cannot_be_kept_is_refused_by_its_field(
    wrong: Callable[[], object], fault: tuple[tuple[str, ...], str]
) -> None:
    assert codes(wrong) == [fault]


def test_a_file_alone_is_a_message() -> None:
    photo = uuid4()

    assert acts.reply("", (photo,)).files == (photo,)


def test_the_reporter_reads_what_is_told_to_them_and_not_how_work_is_sorted() -> None:
    told = [acts.reply("Hello"), acts.asked("When?"), acts.started(), acts.fixed("Done")]
    told += [acts.planned(NOON), acts.monitored(NOON), acts.merged(CASE), acts.acknowledged()]
    kept = [acts.note("Hm"), acts.assigned(None), acts.linked(None), acts.took_in(CASE)]

    assert {each.audience for each in told} == {Audience.REPORTER}
    assert {each.audience for each in kept} == {Audience.STAFF}
    assert {each.side for each in (*told, *kept)} == {Side.STAFF}


def test_a_case_goes_its_way_by_these() -> None:
    case = done(CASE, acts.acknowledged("We have it"))
    case = done(case, acts.assigned(UUID(int=7), "Payroll"))
    case = done(case, acts.started())
    case = done(case, acts.monitored(NOON))
    case = done(case, acts.fixed("Paid"))

    assert (case.state, case.owner, case.team) == (CaseState.FIXED, UUID(int=7), "Payroll")
    assert done(case, acts.merged(CASE)).merged_into == CASE.id
    assert done(case, acts.linked(UUID(int=9))).problem == UUID(int=9)
    assert acts.declined("not_ours", "Ask the school").kind is EntryKind.DECLINED


def test_what_becomes_one_for_few_is_part_of_no_known_problem_any_more() -> None:
    case = done(CASE, acts.linked(UUID(int=7)))
    said = acts.for_few(case, True, "It names a child")
    assert said is not None
    assert said.audience is Audience.STAFF

    few = done(case, said)
    assert (few.restricted, few.problem) == (True, None)
    assert acts.for_few(few, True, "Again") is None
    lifted = acts.for_few(few, False, "The name is gone")
    assert lifted is not None
    assert not done(few, lifted).restricted


def test_nobody_hides_or_shows_a_report_without_a_reason() -> None:
    with pytest.raises(FieldsRejected) as caught:
        acts.for_few(CASE, True, "  ")
    assert caught.value.faults[0].code == "required"


def test_a_no_that_is_taken_back_leaves_a_fix_with_its_time() -> None:
    case = done(CASE, acts.fixed("Paid"))
    no = Said(kind=EntryKind.JUDGED, side=Side.REPORTER, data={"verdict": "not_fixed"})
    yes = replace(no, data={"verdict": "fixed"})
    corrected = done(done(case, no), yes)

    assert corrected.state is CaseState.CONFIRMED
    assert corrected.fixed_at is not None


def test_a_stand_in_who_was_erased_stands_in_no_more() -> None:
    to = Said(kind=EntryKind.HANDED_ON, side=Side.REPORTER, data={"to": str(UUID(int=5))})
    case = done(CASE, to)
    assert case.person == UUID(int=5)
    assert done(case, replace(to, data={"to": None})).person is None
