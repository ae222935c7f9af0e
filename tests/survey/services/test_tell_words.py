"""What reporters are told: every kind has its words, in plain sentences."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from survey.domain.case_records import TellingKind
from survey.domain.cases import Audience, Case, CaseKind, Effect, Entry, EntryKind, Side
from survey.domain.telling import told
from survey.services.tell_words import ASKS, Speaker, asking, line, question

NOON = datetime(2026, 5, 14, 12, tzinfo=UTC)
BY = Speaker("Payroll", "en", ZoneInfo("Europe/London"))
CASE = Case(
    UUID(int=1),
    "P-4TK2",
    "payroll",
    "oakfield",
    CaseKind.WRONG_PAY,
    Effect.SLOWS,
    NOON,
    acknowledge_by=NOON + timedelta(days=1),
)


def an_entry(
    kind: EntryKind, text: str = "", side: Side = Side.STAFF, **data: Any
) -> tuple[TellingKind, Entry]:
    entry = Entry(CASE.id, 2, NOON, kind, Audience.REPORTER, side, "account:1", text, data)
    telling = told(entry)
    assert telling is not None
    return telling, entry


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            an_entry(EntryKind.REPORTED, side=Side.REPORTER),
            "We have your report. Payroll answers by 15 May 2026, 13:00.",
        ),
        (an_entry(EntryKind.ACKNOWLEDGED), "Payroll has read your report."),
        (an_entry(EntryKind.STARTED), "Payroll is working on this."),
        (
            an_entry(EntryKind.PLANNED, at=NOON.isoformat()),
            "You hear from Payroll again by 14 May 2026, 13:00.",
        ),
        (
            an_entry(EntryKind.MONITORED, until=NOON.isoformat()),
            "This seems to be fixed. Payroll watches it until 14 May 2026, 13:00.",
        ),
        (an_entry(EntryKind.MESSAGE, "Which month?"), "Payroll writes:"),
        (
            an_entry(EntryKind.MESSAGE, "Soon", Side.PROVIDER),
            "The provider of Payroll writes:",
        ),
        (an_entry(EntryKind.ASKED, "Which month?"), "Payroll asks:"),
        (an_entry(EntryKind.FIXED, "Paid on Friday"), "Payroll says this is fixed."),
        (
            an_entry(EntryKind.ASKED_AGAIN, side=Side.SERVICE),
            "Payroll said that this is fixed. You have not told us if it is.",
        ),
        (
            an_entry(EntryKind.FOLLOWED_UP, side=Side.SERVICE),
            "Four weeks ago you told us that this is fixed.",
        ),
        (
            an_entry(EntryKind.DECLINED, "It is the bank's"),
            "Payroll has closed this without a fix.",
        ),
        (an_entry(EntryKind.REOPENED, "It came back"), "Payroll has opened this again."),
        (
            an_entry(EntryKind.MERGED),
            "This goes on together with another report of the same problem.",
        ),
    ],
)
def test_what_happened_is_said_with_what_was_written(
    entry: tuple[TellingKind, Entry], said: str
) -> None:
    kind, happened = entry

    found = line(kind, happened, CASE, BY)

    assert found.said == said
    assert found.quoted == happened.text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("list.xlsm", "We could not keep list.xlsm. The file has macros."),
        ("", "We could not keep a file. The file has macros."),
    ],
)
def test_of_a_file_that_is_not_kept_it_is_said_what_to_send_instead(name: str, said: str) -> None:
    unkept = Entry(
        CASE.id,
        2,
        NOON,
        EntryKind.UNKEPT,
        Audience.REPORTER,
        Side.SERVICE,
        "service",
        data={"name": name, "reason": "macros"},
    )

    found = line(TellingKind.UNKEPT, unkept, CASE, BY)

    assert found.said == f"{said} Save it without them, as .xlsx or .docx."


def test_whose_report_lapsed_is_told_how_to_open_it_again() -> None:
    found = line(*an_entry(EntryKind.LAPSED, side=Side.SERVICE), CASE, BY)

    assert "nothing, so it is closed" in found.said
    assert "tell us and it is opened again" in found.said


def test_a_report_without_a_promise_is_received_without_one() -> None:
    kind, entry = an_entry(EntryKind.REPORTED, side=Side.REPORTER)
    unpromised = Case(CASE.id, "P-4TK2", "payroll", "", CaseKind.OTHER, Effect.NONE, opened_at=NOON)

    assert line(kind, entry, unpromised, BY).said == "We have your report about Payroll."


def test_what_asks_for_a_verdict_puts_the_question_and_nothing_else_does() -> None:
    asked = {kind: question(kind, "en") for kind in TellingKind}

    assert {kind for kind, words in asked.items() if words} == {
        TellingKind.FIXED,
        TellingKind.ASKED_AGAIN,
        TellingKind.CHECK,
    }
    assert set(ASKS) == {kind for kind in TellingKind if kind in ASKS and not kind.waits}


def test_of_several_questions_the_newest_is_asked() -> None:
    kinds = [TellingKind.FIXED, TellingKind.QUESTION, TellingKind.REPLY]

    assert asking(kinds) is TellingKind.QUESTION
    assert asking([TellingKind.REPLY, TellingKind.UPDATE]) is None
