"""Files of all kinds, made by code: harmless ones, and those that each hostile one is made from."""

import struct
import zlib
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

# --- PDF ---


def pdf(*objects: bytes, trailer: bytes = b"/Root 1 0 R", end: bytes = b"") -> bytes:
    """A PDF of one empty page with these objects besides."""
    body = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"]
    body += [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>", *objects]
    written, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", list[int]()
    for number, each in enumerate(body, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(body) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    size = b"trailer\n<< /Size %d %s >>\n" % (len(body) + 1, trailer)
    return written + table + size + b"startxref\n%d\n%%%%EOF\n" % len(written) + end


def stream(content: bytes, said: bytes = b"") -> bytes:
    """An object that is a packed stream."""
    packed = zlib.compress(content)
    head = b"<< /Length %d /Filter /FlateDecode %s >>" % (len(packed), said)
    return head + b"\nstream\n" + packed + b"\nendstream"


def objects_packed(*objects: bytes, said: bytes = b"/Type /ObjStm") -> bytes:
    """An object stream."""
    places, at = b"", 0
    for number, each in enumerate(objects, 10):
        places += b"%d %d " % (number, at)
        at += len(each) + 1
    return stream(
        places + b" ".join(objects) + b" ",
        said + b" /N %d /First %d" % (len(objects), len(places)),
    )


# --- zip ---


def zipped(
    parts: Mapping[str, bytes | str], *, comment: bytes = b"", method: int = ZIP_DEFLATED
) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", method) as packed:
        for name, part in parts.items():
            packed.writestr(name, part, ZIP_STORED if name == "mimetype" else method)
        packed.comment = comment
    return file.getvalue()


_TYPES = '<Types><Override PartName="/xl/workbook.xml" ContentType="{0}"/></Types>'
_PLAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def xlsx(
    parts: Mapping[str, bytes | str] | None = None, *, main: str = _PLAIN, comment: bytes = b""
) -> bytes:
    """The parts of a workbook that are looked at, and these besides."""
    return zipped(
        {
            "[Content_Types].xml": _TYPES.format(main),
            "xl/workbook.xml": "<workbook/>",
            "xl/worksheets/sheet1.xml": "<worksheet/>",
            **(parts or {}),
        },
        comment=comment,
    )


def docx(parts: Mapping[str, bytes | str] | None = None, *, text: str = "May payslip") -> bytes:
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f"<w:document>{text}</w:document>",
            **(parts or {}),
        }
    )


def ods(
    parts: Mapping[str, bytes | str] | None = None, *, text: str = "", manifest: str = ""
) -> bytes:
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"<office:document-content>{text}</office:document-content>",
            "META-INF/manifest.xml": f"<manifest>{manifest}</manifest>",
            **(parts or {}),
        }
    )


def relation(target: str, kind: str = "hyperlink") -> str:
    return (
        f'<Relationships><Relationship Id="r1" Type="http://example.org/relationships/{kind}" '
        f'Target="{target}" TargetMode="External"/></Relationships>'
    )


# --- pictures that are only said to be large ---


def png_chunk(kind: bytes, content: bytes) -> bytes:
    whole = kind + content
    return struct.pack("!I", len(content)) + whole + struct.pack("!I", zlib.crc32(whole))


def png(width: int, height: int, *chunks: bytes, pixels: bytes = b"") -> bytes:
    """A PNG of grey pixels that says this size; it holds as much as it is given."""
    head = struct.pack("!IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", head)
        + b"".join(chunks)
        + png_chunk(b"IDAT", zlib.compress(pixels))
        + png_chunk(b"IEND", b"")
    )


# --- sounds ---


def _ogg_sum(page: bytes) -> int:
    remainder = 0
    for byte in page:
        remainder ^= byte << 24
        for _ in range(8):
            remainder = (remainder << 1) ^ (0x104C11DB7 if remainder & 0x80000000 else 0)
    return remainder


def ogg_page(number: int, body: bytes, *, stream: int = 7, first: bool = False) -> bytes:
    whole, rest = divmod(len(body), 255)
    segments = b"\xff" * whole + bytes((rest,))
    head = struct.pack("<4sBBqII", b"OggS", 0, 2 if first else 0, 0, stream, number)
    tail = bytes((len(segments),)) + segments + body
    total = _ogg_sum(head + bytes(4) + tail)
    return head + struct.pack("<I", total) + tail


def voice(*, comment: bytes = b"LOCATION=51.63,-0.2", head: bytes = b"OpusHead") -> bytes:
    """A voice message of three pages."""
    vendor = b"Recorder of Ann Byrne"
    tags = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", 1)
    tags += struct.pack("<I", len(comment)) + comment
    return (
        ogg_page(0, head + b"\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00", first=True)
        + ogg_page(1, tags)
        + ogg_page(2, b"\xfc\xff\xfe" * 40)
    )


def mp3(*, notes: bytes = b"TIT2 at 51.63,-0.2") -> bytes:
    """Six frames of silence with notes before and after."""
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    id3 = b"ID3\x04\x00\x00" + bytes((0, 0, len(notes) >> 7, len(notes) & 0x7F)) + notes
    return id3 + frame * 6 + b"TAG" + b"Ann Byrne".ljust(125, b"\0")


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack("!I4s", len(body) + 8, kind) + body


def m4a(*, handler: bytes = b"soun", brand: bytes = b"M4A ") -> bytes:
    """A sound, or a film, with a place in its notes."""
    told = box(b"hdlr", bytes(8), handler, bytes(12), b"Core Media Audio of Ann Byrne\0")
    notes = box(b"udta", box(b"\xa9xyz", b"\x00\x12\x15\xc7+51.6309-000.2039/"))
    return (
        box(b"ftyp", brand, bytes(4))
        + box(b"moov", box(b"mvhd", bytes(100)), box(b"trak", box(b"mdia", told), notes), notes)
        + box(b"mdat", b"\x21\x00" * 50)
    )
