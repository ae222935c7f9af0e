"""Harmless files of each kind are taken, so that hostile ones are refused for what is hostile."""

from collections.abc import Callable
from io import BytesIO
from typing import Final

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment
from pypdf import PdfWriter
from pypdf.generic import RectangleObject

from survey.domain.file_kinds import FileKind
from survey.domain.file_names import renamed
from survey.files.looking import look
from survey.files.pdf import pdf as taken_pdf
from tests.hostile.making import (
    docx,
    m4a,
    mp3,
    objects_packed,
    ods,
    pdf,
    relation,
    stream,
    voice,
    xlsx,
    zipped,
)
from tests.support.pictures import photo


def _workbook() -> bytes:
    book = Workbook()
    sheet = book.create_sheet("May")
    for number in range(20_000):
        sheet.append([f"Teaching assistant {number}", 1893.11, "=B1*12"])
    sheet["A1"].comment = Comment("paid twice", "Ann Byrne")
    sheet["A2"].hyperlink = "https://example.org/payslip"
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _written_pdf() -> bytes:
    """As a library writes it, with a link."""
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    writer.add_uri(0, "https://example.org/payslip", RectangleObject((0, 0, 10, 10)))
    writer.add_metadata({"/Author": "Ann Byrne"})
    writer.page_layout = "/SinglePage"
    page.compress_content_streams()
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


TAKEN: Final[dict[str, tuple[str, Callable[[], bytes], FileKind]]] = {
    "photo": ("a.JPG", photo, FileKind.JPEG),
    "voice message": ("a.oga", voice, FileKind.OGG),
    "music": ("a.mp3", mp3, FileKind.MP3),
    "memo": ("a.m4a", m4a, FileKind.M4A),
    "PDF": ("a.pdf", pdf, FileKind.PDF),
    "PDF of a library": ("a.pdf", _written_pdf, FileKind.PDF),
    "PDF that begins at a page": (
        "a.pdf",
        lambda: pdf(trailer=b"/Root 1 0 R /OpenAction [3 0 R /Fit]"),
        FileKind.PDF,
    ),
    "PDF with packed objects": (
        "a.pdf",
        lambda: pdf(objects_packed(b"<< /S /URI /URI (https://example.org) >>")),
        FileKind.PDF,
    ),
    "PDF with words about scripts": (
        "a.pdf",
        lambda: pdf(stream(b"BT (see JavaScript, Launch, GoToR) Tj ET")),
        FileKind.PDF,
    ),
    "workbook": ("a.xlsx", xlsx, FileKind.XLSX),
    "workbook of a library": ("a.xlsx", _workbook, FileKind.XLSX),
    "workbook with a printer's settings": (
        "a.xlsx",
        lambda: xlsx({"xl/printerSettings/printerSettings1.bin": b"a"}),
        FileKind.XLSX,
    ),
    "text": ("a.docx", docx, FileKind.DOCX),
    "text with a link": (
        "a.docx",
        lambda: docx({"word/_rels/document.xml.rels": relation("https://example.org/")}),
        FileKind.DOCX,
    ),
    "text with a field": (
        "a.docx",
        lambda: docx(text="<w:instrText>PAGE</w:instrText> we added it"),
        FileKind.DOCX,
    ),
    "table": ("a.ods", ods, FileKind.ODS),
    "table with a chart": ("a.ods", lambda: ods({"Object 1/content.xml": "<a/>"}), FileKind.ODS),
    "open text": (
        "a.odt",
        lambda: zipped(
            {
                "mimetype": FileKind.ODT,
                "content.xml": "<a/>",
                "META-INF/manifest.xml": "<a/>",
            }
        ),
        FileKind.ODT,
    ),
    "CSV": ("a.csv", lambda: b"name,change\nAnn,-5.20\nBob,+3 | 4\n@ann,=B2*2\n", FileKind.CSV),
    "CSV of Windows": ("a.csv", lambda: "Siân;£5".encode("cp1252"), FileKind.CSV),
    "CSV of Excel": ("a.csv", lambda: "Siân\t£5".encode("utf-16"), FileKind.CSV),
    "plain text": ("a.txt", lambda: "Tŷ, 3 < 4".encode(), FileKind.TEXT),
    "name in Welsh": ("Slip cyflog mis Mai – Siân (2).pdf", pdf, FileKind.PDF),
    "name with dots": ("example.com. May v1.2.pdf", pdf, FileKind.PDF),
}


@pytest.mark.parametrize(("name", "make", "kind"), TAKEN.values(), ids=TAKEN)
def test_a_harmless_file_is_taken(name: str, make: Callable[[], bytes], kind: FileKind) -> None:
    found = look(name, make())

    assert found.kind is kind
    assert found.name.rpartition(".")[0] == name.rpartition(".")[0]


def test_a_document_is_kept_as_it_came() -> None:
    for make in (pdf, _workbook):
        came = make()
        assert look("a.pdf" if make is pdf else "a.xlsx", came).content == came


def test_reading_a_large_pdf_takes_time_in_proportion() -> None:
    """Thousands of packed streams are each unpacked once, and nothing is copied for each."""
    many = pdf(*(objects_packed(b"<< /A 1 >>", b"<< /B 2 >>") for _ in range(5_000)))
    kind, _ = taken_pdf("a.pdf", many)
    assert kind is FileKind.PDF


def test_a_name_keeps_an_ending_that_fits_and_gets_one_that_is_missing() -> None:
    assert renamed("Payslip.JPEG", FileKind.JPEG) == "Payslip.jpeg"
    assert renamed("payslip.webp", FileKind.JPEG) == "payslip.jpg"
    assert renamed("", FileKind.OGG, stem="voice") == "voice.ogg"
    assert renamed("May 1.2", FileKind.PDF) == "May 1.2.pdf"
    assert len(renamed("a" * 300 + ".pdf", FileKind.PDF)) == 120
