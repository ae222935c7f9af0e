"""PDF: whole, unlocked, and with nothing in it that runs, opens or sends.

The file is kept as it came, with its author and its title. What it may not have is told by names
of its format, which are the same however an object is reached. So every name of the file is read,
and in object streams too, which are unpacked with limits. They are told by what they hold, and not
only by what they are said to be. An `/OpenAction` by itself is harmless (word processors write one
that says at which page to begin): whatever such an action could do has a name of its own here.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Final

from survey.domain.file_kinds import FileKind, Refusal
from survey.errors import FileRefused

_REFUSED: Final = {
    Refusal.LOCKED: frozenset((b"Encrypt",)),
    Refusal.SCRIPT: frozenset(
        b"JavaScript Launch SubmitForm ImportData GoToE GoToR XFA RichMedia RichMediaExecute "
        b"Rendition Movie OnInstantiate".split()
    ),
    Refusal.EMBEDDED: frozenset(b"EmbeddedFile EmbeddedFiles Collection".split()),
}
_UNREAD: Final = frozenset(
    (b"ASCIIHexDecode", b"ASCII85Decode", b"LZWDecode", b"RunLengthDecode", b"DecodeParms")
)
"""In what object streams may be packed, and nobody does: we do not unpack it."""

_NAME: Final = re.compile(rb"/((?:[A-Za-z0-9]|#[0-9A-Fa-f]{2}){3,64})(?=[\s<>()\[\]/%]|$)")
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM: Final = re.compile(rb"stream\r?\n")
_OBJECTS: Final = re.compile(
    rb"[\s\0]*(?:%[^\r\n]*[\s\0]+)*\d+[\s\0]+\d+(?:[\s\0]+\d+)*[\s\0]*(?:<<|\[|%|\Z)"
)
_HEADER: Final = re.compile(rb"%PDF-[12]\.\d")
_END: Final = re.compile(rb"startxref\s+\d{1,10}\s+%%EOF[\s\0]*\Z")
_TAIL: Final = 2048
_PIECE: Final = 65_536

_MOST_UNPACKED: Final = 32_000_000
"""Bytes of all object streams together."""

_MOST_STREAMS: Final = 30_000
"""Of a file: a scan of a thousand pages has a few thousand."""

_LOOKED_AT: Final = 2_048
"""Packed bytes at a time, until there is enough to tell whether a stream holds objects."""


def pdf(name: str, content: bytes) -> tuple[FileKind, bytes]:
    """The file as it came. Raises: FileRefused."""
    if not _HEADER.match(content):
        raise FileRefused(Refusal.DAMAGED, name)
    if not _END.search(content[-_TAIL:]):
        raise FileRefused(Refusal.TWO_KINDS if b"%%EOF" in content else Refusal.DAMAGED, name)
    for part in (content, *_object_streams(name, content)):
        names = _names(part)
        for why, refused in _REFUSED.items():
            if names & refused:
                raise FileRefused(why, name)
    return FileKind.PDF, content


def _object_streams(name: str, content: bytes) -> Iterator[bytes]:
    """Objects that lie packed in streams. Raises: FileRefused, for what cannot be unpacked."""
    left, before = _MOST_UNPACKED, 0
    for number, found in enumerate(_STREAM.finditer(content)):
        if number >= _MOST_STREAMS:
            raise FileRefused(Refusal.LONG, name)
        said = _names(content[before : found.start()])
        before = found.end()
        is_said = b"ObjStm" in said
        if is_said and (said & _UNREAD):
            raise FileRefused(Refusal.DAMAGED, name)
        if is_said and b"FlateDecode" not in said:
            continue  # it lies open, and is read with the rest
        unpacked, whole = _unpacked(content, found.end(), most=left, any_kind=is_said)
        if is_said and not whole and len(unpacked) < left:
            raise FileRefused(Refusal.DAMAGED, name)
        left -= len(unpacked)
        if left <= 0:
            raise FileRefused(Refusal.PACKED, name)
        if unpacked:
            yield unpacked


def _unpacked(content: bytes, at: int, *, most: int, any_kind: bool) -> tuple[bytes, bool]:
    """What is packed from a place on, and whether its end was found; nothing of other kinds than
    objects, unless `any_kind`.
    """
    unpacking, pieces, has = zlib.decompressobj(), list[bytes](), 0
    try:
        if not any_kind and not _OBJECTS.match(_beginning(content, at)):
            return b"", False
        for start in range(at, len(content), _PIECE):
            piece = unpacking.decompress(content[start : start + _PIECE], most - has)
            pieces.append(piece)
            has += len(piece)
            if unpacking.eof or has >= most:
                break
    except zlib.error:
        return b"".join(pieces), False
    return b"".join(pieces), unpacking.eof


def _beginning(content: bytes, at: int) -> bytes:
    """What a packed stream begins with. Raises: zlib.error."""
    unpacking, has = zlib.decompressobj(), b""
    for start in range(at, len(content), _LOOKED_AT):
        has += unpacking.decompress(content[start : start + _LOOKED_AT], _TAIL - len(has))
        if len(has) >= _TAIL or unpacking.eof:
            break
    return has


def _names(part: bytes) -> set[bytes]:
    """Names in it, without the escapes in which they may be written."""
    return {
        _ESCAPED.sub(lambda escape: bytes((int(escape[1], 16),)), found[1])
        for found in _NAME.finditer(part)
    }
