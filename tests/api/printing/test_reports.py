"""A school's reports for its governors: tagged, whole, and without what people wrote."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from pypdf import PdfReader

from api.printing import reports
from api.printing.reports import SchoolSheet
from survey.domain.cases import Case, CaseKind, CaseState, Effect
from survey.domain.records import Service, Unit
from tests.api.printing.test_slips import elements, root_of, text_of
from tests.support.application import NOON

SERVICES = {
    "payroll": Service("payroll", "Payroll", label={"cy": "Y gyflogres"}),
    "it": Service("it", "=HYPERLINK(0)"),
}


def case(reference: str, **said: Any) -> Case:
    return Case(
        **{
            "id": uuid4(),
            "reference": reference,
            "service": "payroll",
            "unit": "oakfield",
            "kind": CaseKind.WRONG_PAY,
            "effect": Effect.UNPAID,
            "opened_at": NOON - timedelta(days=3),
            **said,
        }
    )


def sheet(*cases: Case, language: str = "en") -> SchoolSheet:
    return SchoolSheet(
        unit=Unit("oakfield", "Oakfield Primary School", "school"),
        cases=cases,
        services=SERVICES,
        organisation="Barnet Council",
        at=NOON,
        zone=ZoneInfo("Europe/London"),
        language=language,
    )


LATE = case("P-LATE", acknowledge_by=NOON - timedelta(hours=1))
SOON = case("P-SOON", acknowledge_by=NOON + timedelta(hours=2))
TURN = case("P-TURN", state=CaseState.WAITING, update_by=NOON - timedelta(hours=1))
DONE = case("P-DONE", state=CaseState.CONFIRMED, ended_at=NOON - timedelta(days=1))
SHUT = case("P-SHUT", service="it", state=CaseState.DECLINED, ended_at=NOON)


def test_the_paper_is_tagged_titled_and_its_tables_have_heads() -> None:
    document = PdfReader(BytesIO(reports.pdf(sheet(LATE, SOON, DONE))))
    root = root_of(document)
    assert root["/MarkInfo"]["/Marked"]
    assert document.metadata is not None
    assert document.metadata.title == "Problem reports of Oakfield Primary School"
    assert "<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data().decode()
    kinds = [each.get("/S") for each in elements(document)]
    assert (kinds.count("/H1"), kinds.count("/Table"), kinds.count("/TH")) == (1, 2, 14)


def test_it_says_what_is_open_how_long_what_is_late_and_what_was_fixed() -> None:
    said = " ".join(text_of(PdfReader(BytesIO(reports.pdf(sheet(LATE, SOON, DONE))))).split())
    assert "2 reports are open. Answers that are late: 1." in said
    assert "1 report is over. Confirmed by the school as fixed: 1." in said
    assert "P-LATE 11 May 2026 Payroll Wrong pay or bill Received 3 Late since 14 May 2026" in said
    assert "P-SOON 11 May 2026 Payroll Wrong pay or bill Received 3 today, 15:00" in said
    assert "P-DONE 11 May 2026 Payroll Wrong pay or bill Fixed 13 May 2026 2" in said


def test_an_answer_that_waits_for_the_school_is_not_late() -> None:
    assert reports.summary(sheet(TURN)) == ("1 report is open.",)
    assert sheet(TURN).promised(TURN) == "Waits for your answer"


def test_an_empty_list_and_another_language_are_whole_papers() -> None:
    empty = " ".join(text_of(PdfReader(BytesIO(reports.pdf(sheet())))).split())
    assert "0 reports are open." in empty
    assert "No report is over." in empty
    welsh = PdfReader(BytesIO(reports.pdf(sheet(DONE, language="cy"))))
    assert root_of(welsh)["/Lang"] == "cy"
    assert "Y gyflogres" in text_of(welsh)


def test_no_cell_of_the_csv_is_computed_by_a_spreadsheet() -> None:
    rows = list(csv.reader(StringIO(reports.as_csv(sheet(SOON, SHUT)).decode())))
    assert rows[0][:3] == ["Report", "Reported", "Service"]
    assert rows[1] == [
        "P-SOON",
        "2026-05-11",
        "Payroll",
        "Wrong pay or bill",
        "Someone is not paid",
        "Received",
        "2026-05-14",
        "",
        "3",
        "0",
    ]
    assert rows[2][2] == "'=HYPERLINK(0)"
