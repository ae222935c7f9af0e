"""Office files: a zip of XML, walked with limits, without macros, embedded files and far links.

The file is kept as it came, with its author, comments and earlier versions: they are part of what
somebody sends on purpose, and photos in it keep what their camera wrote.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from survey.domain.file_kinds import FileKind, Refusal
from survey.errors import FileRefused

_MOST_MEMBERS: Final = 2_000
_MOST_UNPACKED: Final = 200_000_000
_MOST_RATIO: Final = 400
"""Times that a member may grow; XML of an empty sheet grows about a hundredfold."""

_SMALL: Final = 1_000_000
"""Bytes up to which a member may grow as it likes."""

_PIECE: Final = 65_536
_END: Final = b"PK\x05\x06"
_END_BYTES: Final = 22
_ENCRYPTED: Final = 0x1

_XML: Final = (".xml", ".rels", ".rdf", ".vml")
_OFFICE: Final = {"xl/workbook.xml": FileKind.XLSX, "word/document.xml": FileKind.DOCX}
_OPEN: Final = {kind.value.encode(): kind for kind in (FileKind.ODS, FileKind.ODT)}

_MACROS: Final = re.compile(
    r"(?:^|/)(?:vba|macrosheets/|dialogsheets/|basic/|scripts/|activex/|customui)", re.IGNORECASE
)
_EMBEDDED: Final = re.compile(
    r"(?:^|/)embeddings/|\.(?:bin|exe|dll|jar|js|vbs|zip|docx|xlsx|pptx|html?|swf)$"
    r"|^object [^/]*$",
    re.IGNORECASE,
)
_PRINTER: Final = re.compile(r"^(?:xl|word)/printerSettings/[^/]+\.bin$", re.IGNORECASE)
_OUTSIDE: Final = re.compile(r"(?:^|/)(?:externallinks/|connections\.xml$|querytables/)", re.I)

_RELATION: Final = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_FAR: Final = re.compile(rb"TargetMode\s*=\s*[\"']External[\"']", re.IGNORECASE)
_HYPERLINK: Final = re.compile(rb"\bType\s*=\s*[\"'][^\"']*/hyperlink[\"']")
_LEADS: Final = re.compile(rb"\bTarget\s*=\s*[\"'](?:https?:|mailto:|tel:|#)", re.IGNORECASE)
_MACRO_TYPE: Final = re.compile(rb"macroEnabled|vbaProject|ms-excel\.(?:sheet\.binary|macrosheet)")
_DOCTYPE: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_FIELD: Final = re.compile(rb"<w:(?:instrText|fldSimple)\b([^>]*)>([^<]*)")
_FIELD_OUTSIDE: Final = re.compile(rb"DDE|INCLUDE(?:TEXT|PICTURE)|IMPORT|DATABASE|MACROBUTTON")
_FORMULA: Final = re.compile(
    rb"(?:<f\b[^>]*>|\btable:formula=\")[^<\"]*"
    rb"(?:\b(?:WEBSERVICE|FILTERXML|RTD|CALL|REGISTER|DDE)\s*\(|\|[^<\"]*!)",
    re.IGNORECASE,
)
_EVENT: Final = re.compile(rb"<script:event-listener\b|<office:script\b[^>]*[^/]>")
_ODF_OUTSIDE: Final = re.compile(
    rb"<office:dde-source\b|<table:dde-link\b|<table:table-source\b|<draw:plugin\b|<draw:applet\b"
    rb"|<(?:draw:image|draw:object|draw:object-ole|draw:floating-frame|text:section-source)\b[^>]*"
    rb"xlink:href\s*=\s*[\"'](?:\w+:|//|\.\./)"
)


_REFUSED: Final = (
    (re.compile(""), _DOCTYPE, Refusal.OUTSIDE),
    (re.compile(r"\[Content_Types\]\.xml$"), _MACRO_TYPE, Refusal.MACROS),
    (re.compile(r"META-INF/manifest\.xml$"), re.compile(b"encryption-data"), Refusal.LOCKED),
    (re.compile(r"xl/|content\.xml$"), _FORMULA, Refusal.FORMULA),
    (re.compile(r"(?:content|styles)\.xml$"), _EVENT, Refusal.MACROS),
    (re.compile(r"(?:content|styles)\.xml$"), _ODF_OUTSIDE, Refusal.OUTSIDE),
)
"""In which parts what is not taken, and why."""


def is_zip_at_the_end(content: bytes) -> bool:
    """Whether programs for zip files would find one in it, wherever it begins."""
    at = content.rfind(_END, max(0, len(content) - _END_BYTES - 0xFFFF))
    if at < 0 or at + _END_BYTES > len(content):
        return False
    size, offset = (int.from_bytes(content[at + n : at + n + 4], "little") for n in (12, 16))
    comment = int.from_bytes(content[at + 20 : at + 22], "little")
    return size + offset <= at and at + _END_BYTES + comment <= len(content)


def package(name: str, content: bytes) -> tuple[FileKind, bytes]:
    """The file as it came. Raises: FileRefused, and whatever the library tells damage by."""
    with ZipFile(BytesIO(content)) as zipped:
        members = zipped.infolist()
        if zipped.comment or content[-_END_BYTES : 4 - _END_BYTES] != _END:
            raise FileRefused(Refusal.TWO_KINDS, name)
        _require_harmless_packing(name, content, members)
        kind = _kind(name, zipped, members)
        for member in members:
            _require_harmless_name(name, member.filename)
        for path, part in _parts(zipped, members):
            _require_harmless(name, path, part)
    return kind, content


def _require_harmless_packing(name: str, content: bytes, members: list[ZipInfo]) -> None:
    """Raises: FileRefused."""
    names = [member.filename.lower() for member in members]
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise FileRefused(Refusal.LOCKED, name)
    if (
        len(set(names)) != len(names)
        or not members
        or min(member.header_offset for member in members)
    ):
        raise FileRefused(Refusal.TWO_KINDS, name)
    if any(member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for member in members):
        raise FileRefused(Refusal.DAMAGED, name)
    if (
        len(members) > _MOST_MEMBERS
        or sum(member.file_size for member in members) > _MOST_UNPACKED
        # Members that lie in each other are a bomb that is small however it is counted.
        or sum(member.compress_size for member in members) > len(content)
        or any(
            member.file_size > _SMALL and member.file_size > _MOST_RATIO * member.compress_size
            for member in members
        )
    ):
        raise FileRefused(Refusal.PACKED, name)


def _kind(name: str, zipped: ZipFile, members: list[ZipInfo]) -> FileKind:
    """Raises: FileRefused, for any other zip."""
    names = {member.filename for member in members}
    if members[0].filename == "mimetype" and members[0].file_size < 100:
        kind = _OPEN.get(zipped.read(members[0]))
        if kind and {"content.xml", "META-INF/manifest.xml"} <= names:
            return kind
    if "[Content_Types].xml" in names:
        kinds = {kind for part, kind in _OFFICE.items() if part in names}
        if len(kinds) == 1:
            return kinds.pop()
    raise FileRefused(Refusal.ARCHIVE, name)


def _require_harmless_name(name: str, member: str) -> None:
    """Raises: FileRefused."""
    if "\\" in member or member.startswith("/") or ".." in member.split("/"):
        raise FileRefused(Refusal.TWO_KINDS, name)
    if _MACROS.search(member):
        raise FileRefused(Refusal.MACROS, name)
    if _OUTSIDE.search(member):
        raise FileRefused(Refusal.OUTSIDE, name)
    if _EMBEDDED.search(member) and not _PRINTER.search(member):
        raise FileRefused(Refusal.EMBEDDED, name)


def _parts(zipped: ZipFile, members: list[ZipInfo]) -> Iterator[tuple[str, bytes]]:
    """Its XML, and where in it that lies.

    Everything else is unpacked in pieces and thrown away, to see that it is as large as it says.
    """
    for member in members:
        is_xml = member.filename.lower().endswith(_XML)
        pieces = list[bytes]()
        with zipped.open(member) as packed:
            while piece := packed.read(_PIECE):
                if is_xml:
                    pieces.append(piece)
        if is_xml:
            yield member.filename, b"".join(pieces)


def _require_harmless(name: str, path: str, part: bytes) -> None:
    """Raises: FileRefused."""
    if part.startswith((b"\xff\xfe", b"\xfe\xff")):
        part = part.decode("utf-16", "replace").encode()
    for where, what, why in _REFUSED:
        if where.match(path) and what.search(part):
            raise FileRefused(why, name)
    if path.endswith(".rels") and any(map(_reaches_out, _RELATION.findall(part))):
        raise FileRefused(Refusal.OUTSIDE, name)
    if path.startswith("word/") and _FIELD_OUTSIDE.search(_fields(part)):
        raise FileRefused(Refusal.OUTSIDE, name)


def _reaches_out(relation: bytes) -> bool:
    """Links that somebody clicks are fine; all else would be fetched when the file is opened."""
    return bool(_FAR.search(relation)) and not (
        _HYPERLINK.search(relation) and _LEADS.search(relation)
    )


def _fields(part: bytes) -> bytes:
    """The instructions of all fields of a text: one may be written in several pieces."""
    return b"".join(attributes + words for attributes, words in _FIELD.findall(part)).upper()
