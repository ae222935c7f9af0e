"""What a file is by its content: one function, run in a process of its own (`inspecting`).

What the name says decides nothing but this: it has to say the same. Content that fits two kinds at
once is refused, since two programs would read two files in it.
"""

import re
from collections.abc import Callable
from typing import Final

from survey.domain.file_kinds import MOST_BYTES, FileKind, Inspected, Refusal
from survey.domain.file_names import checked, ending, renamed
from survey.errors import FileRefused
from survey.files.packages import is_zip_at_the_end, package
from survey.files.pdf import pdf
from survey.files.pictures import drawn
from survey.files.sounds import is_mp3, m4a, mp3, ogg
from survey.files.texts import text

_Look = Callable[[str, bytes], tuple[FileKind, bytes]]


_REFUSED: Final = {
    Refusal.PROGRAM: (
        *(b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\x00asm", b"#!"),
        b"L\x00\x00\x00\x01\x14\x02\x00",
    ),
    Refusal.OLD_OFFICE: (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf"),
    Refusal.ARCHIVE: (
        *(b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"),
        *(b"\x28\xb5\x2f\xfd", b"MSCF"),
    ),
    Refusal.VIDEO: (b"\x1a\x45\xdf\xa3", b"FLV\x01"),
}
"""What files of kinds that are not taken begin with."""

_REFUSED_FURTHER_ON: Final = (
    (Refusal.ARCHIVE, 257, b"ustar"),
    (Refusal.ARCHIVE, 32769, b"CD001"),
    (Refusal.VIDEO, 8, b"AVI "),
)
_HEIC: Final = frozenset((b"heic", b"heix", b"heif", b"hevc", b"heim", b"heis", b"mif1", b"msf1"))

_PAGE: Final = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|script|iframe|object|embed|svg|\?php|%@)", re.IGNORECASE
)
_SNIFFED: Final = 1024
"""Bytes at the beginning in which software looks for what a file is."""


def look(name: str, content: bytes) -> Inspected:
    """The file as it may be kept. Raises: FileRefused; MemoryError."""
    kept = checked(name)
    if not content:
        raise FileRefused(Refusal.EMPTY, name)
    if len(content) > MOST_BYTES:
        raise FileRefused(Refusal.TOO_LARGE, name)
    reads, stem = _reader(name, content)
    if reads is not package and is_zip_at_the_end(content):
        raise FileRefused(Refusal.TWO_KINDS, name)
    if reads is not text and _PAGE.search(content, 0, _SNIFFED):
        raise FileRefused(Refusal.TWO_KINDS, name)
    try:
        kind, content = reads(name, content)
    except (FileRefused, MemoryError):
        raise
    except Exception:
        # Decoders tell damage by whatever error they happen upon.
        raise FileRefused(Refusal.DAMAGED, name) from None
    if not _says(ending(kept), kind):
        raise FileRefused(Refusal.ENDING, name)
    return Inspected(renamed(kept, kind, stem=stem), kind, content)


def _reader(name: str, content: bytes) -> tuple[_Look, str]:
    """What reads a file that begins so, and what it is called where it has no name.

    Raises: FileRefused, where nothing does.
    """
    _require_taken(name, content)
    for begins, reads, stem in _READERS:
        if begins(content):
            return reads, stem
    return text, "file"


def _require_taken(name: str, content: bytes) -> None:
    """Raises: FileRefused, for what is known and not taken."""
    for why, signs in _REFUSED.items():
        if content.startswith(signs):
            raise FileRefused(why, name)
    for why, at, sign in _REFUSED_FURTHER_ON:
        if content.startswith(sign, at):
            raise FileRefused(why, name)
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise FileRefused(Refusal.HEIC, name)


def _is_picture(content: bytes) -> bool:
    return content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")) or (
        content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    )


_READERS: Final[tuple[tuple[Callable[[bytes], bool], _Look, str], ...]] = (
    (_is_picture, drawn, "photo"),
    (lambda content: content.startswith(b"OggS"), ogg, "voice"),
    (lambda content: content[4:8] == b"ftyp", m4a, "voice"),
    (lambda content: content.startswith(b"%PDF-"), pdf, "file"),
    (lambda content: content.startswith(b"PK\x03\x04"), package, "file"),
    (is_mp3, mp3, "voice"),
)

_DRAWN_FROM: Final = frozenset(("jpg", "jpeg", "jpe", "jfif", "png", "gif", "webp"))


def _says(has: str, kind: FileKind) -> bool:
    """Whether a name's ending says this kind, or nothing; pictures may have become another."""
    if kind.drawn:
        return has in _DRAWN_FROM or not has
    return has in kind.endings or (not has and kind is not FileKind.TEXT)
