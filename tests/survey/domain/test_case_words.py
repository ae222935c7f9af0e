"""The words of problem reports, and those that are looked for."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from survey.domain.case_words import LONGEST, MOST, looked_for, to_be_found, words_of
from survey.domain.cases import Audience, Case, CaseKind, Effect, Entry, EntryKind, Side

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CASE = Case(
    id=uuid4(),
    reference="P-4TK2",
    service="payroll",
    unit="oakfield",
    kind=CaseKind.WRONG_PAY,
    effect=Effect.SLOWS,
    opened_at=NOON,
)


def entry(text: str = "", **more: object) -> Entry:
    said = {"audience": Audience.REPORTER, "kind": EntryKind.REPORTED, "data": {}} | more
    return Entry(CASE.id, 1, NOON, side=Side.REPORTER, actor="", text=text, **said)  # type: ignore[arg-type]


def test_a_case_is_found_by_its_reference_school_system_cause_files_and_what_was_written() -> None:
    answers = {"happened": "Nobody was paid", "shown": 12.5, "kinds": ["a_choice"], "sure": True}
    case = replace(CASE, system="iTrent", team="Pay desk", cause="A late file")
    timeline = [
        entry(data={"answers": answers}),
        entry("Seen by us alone", kind=EntryKind.NOTE, audience=Audience.STAFF),
    ]

    words = to_be_found(case, timeline, unit="Ysgol Tŷ Ddewi", files=["Gross_pay.xlsx"])

    assert words.split() == [
        "p", "4tk2", "p4tk2", "ysgol", "ty", "ddewi", "itrent", "pay", "desk", "a", "late", "file",
        "gross", "xlsx", "nobody", "was", "paid", "12", "5", "seen", "by", "us", "alone",
    ]  # fmt: skip


def test_one_for_few_has_no_words() -> None:
    assert to_be_found(replace(CASE, restricted=True), [entry("Somebody's pay")]) == ""


def test_words_of_a_case_and_their_length_have_a_limit() -> None:
    many = " ".join(f"w{number}" for number in range(MOST + 10))

    assert len(to_be_found(CASE, [entry(many)]).split()) == MOST
    assert [*words_of("x" * 5_000)] == ["x" * LONGEST]


@pytest.mark.parametrize(
    ("typed", "looked"),
    [
        ("Payroll  RUN", ("payroll", "run")),
        ("pay payroll pay", ("payroll",)),
        ('"pay" OR NOT* (run:*) & !x', ("pay", "not", "run", "or", "x")),
        ("p-4tk2", ("4tk2", "p")),
        (" \t'\"*-!?%_\\\0", ()),
        ("", ()),
    ],
)
def test_what_somebody_types_is_beginnings_of_words(typed: str, looked: tuple[str, ...]) -> None:
    assert set(looked_for(typed)) == set(looked)
