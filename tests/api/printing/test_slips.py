"""The sheet of slips: tagged, titled, readable, and whole whatever somebody is called."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from api.printing.slips import MISSING, Sheet, Slip, pdf, pictures, printable
from survey.domain.joining import for_link, for_print, from_print
from survey.locales import SPOKEN


def slip(number: int = 0, *, name: str = "Siân Pritchard", language: str = "en") -> Slip:
    secret = number.to_bytes(16)
    return Slip(
        name=name,
        place="Oakfield Primary School",
        link=f"https://t.me/tellback_bot?start=j_{for_link(secret)}",
        code=for_print(secret),
        language=language,
    )


def sheet(*slips: Slip, language: str = "en") -> Sheet:
    return Sheet(
        unit="Oakfield Primary School",
        organisation="Barnet Council",
        bot="tellback_bot",
        until=date(2026, 12, 6),
        language=language,
        slips=slips,
    )


def read(*slips: Slip, language: str = "en") -> PdfReader:
    return PdfReader(BytesIO(pdf(sheet(*slips, language=language))))


def text_of(document: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in document.pages)


def root_of(document: PdfReader) -> Any:
    return document.root_object


def elements(document: PdfReader) -> list[Any]:
    """All elements of the structure tree."""
    found: list[Any] = []
    waiting = [root_of(document)["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop().get_object()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            found.append(node)
            if "/K" in node:
                waiting.append(node["/K"])
    return found


def test_the_sheet_is_tagged_titled_and_says_its_language() -> None:
    document = read(slip())
    root = root_of(document)
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert document.metadata is not None
    assert document.metadata.title == "Slips to join the chat: Oakfield Primary School"
    assert "<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data().decode()
    kinds = [each.get("/S") for each in elements(document)]
    assert (kinds.count("/H1"), kinds.count("/H2"), kinds.count("/Figure")) == (1, 1, 1)


def test_a_slip_says_for_whom_it_is_what_to_do_and_until_when() -> None:
    said = " ".join(text_of(read(slip(77))).split())
    assert "Siân Pritchard Oakfield Primary School" in said
    assert "1. Scan the square with the camera of your phone." in said
    assert for_print((77).to_bytes(16)).replace("-", " ") in said.replace("\N{NO-BREAK SPACE}", " ")
    assert "until the end of 6 December 2026" in said
    assert "@tellback_bot" in said


def test_what_stands_on_the_slip_can_be_typed_as_it_stands() -> None:
    lines = [line for line in text_of(read(slip(2**100))).splitlines() if from_print(line)]
    assert [from_print(line) for line in lines] == [(2**100).to_bytes(16)]


def test_the_square_is_described_to_who_cannot_see_it() -> None:
    [figure] = [each for each in elements(read(slip())) if each.get("/S") == "/Figure"]
    assert figure["/Alt"] == "Square code that opens the chat in Telegram with your personal link"


@pytest.mark.parametrize(("people", "pages"), [(1, 1), (8, 2), (200, 50)])
def test_four_slips_stand_on_a_page_of_a4(people: int, pages: int) -> None:
    document = read(*(slip(each, name=f"Person {each}") for each in range(people)))
    assert len(document.pages) == pages
    assert all(
        (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
        for page in document.pages
    )
    said = text_of(document)
    assert all(for_print(each.to_bytes(16))[-3:] in said for each in range(people))
    assert f"{people} slip" in said


@pytest.mark.parametrize(
    "name",
    ["李小龙", "Ann 😀", "\N{RIGHT-TO-LEFT OVERRIDE}evil", "a\x01b", "\ud7ff", "한국"],
)
def test_a_character_without_a_font_is_replaced_and_the_sheet_says_so(name: str) -> None:
    said = " ".join(text_of(read(slip(name=name))).split())
    assert MISSING in said
    assert "stands for a character that we cannot print" in said


@pytest.mark.parametrize(
    "name",
    [
        "Łukasz Žižek",
        "Ελένη",
        "Наталья",
        "محمد",
        'Ann "Annie" #set page(width: 1cm)',
        "$x$ *b* _i_ @ref <label> \\",
        "W" * 120,
        "e\N{COMBINING ACUTE ACCENT}",
    ],
)
def test_any_other_name_is_printed_as_it_is(name: str) -> None:
    assert MISSING not in printable(name)
    assert len(read(slip(name=name)).pages) == 1


@pytest.mark.parametrize("name", ["", " ", "\N{ZERO WIDTH JOINER}"])
def test_who_has_no_name_gets_a_slip_all_the_same(name: str) -> None:
    assert len(read(slip(name=name)).pages) == 1


def test_nothing_in_a_name_is_read_as_a_command() -> None:
    assert "#set page(width: 1cm)" in text_of(read(slip(name="#set page(width: 1cm)")))


def test_each_slip_is_in_the_language_of_its_person() -> None:
    document = read(slip(name="Rhys", language="cy"), slip(1, name="Ann"))
    spoken = {each["/Lang"] for each in elements(document) if "/Lang" in each}
    assert "cy" in spoken
    assert "6 Rhagfyr 2026" in text_of(document)


@pytest.mark.parametrize("language", SPOKEN)
def test_the_sheet_is_made_in_every_language(language: str) -> None:
    assert root_of(read(slip(language=language), language=language))["/Lang"] == language


def test_its_pages_can_be_looked_at() -> None:
    assert [each[:4] for each in pictures(sheet(slip()))] == [b"\x89PNG"]
