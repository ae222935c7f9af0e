"""Sounds: told by their frames, and kept without what was written about them.

Recorders write where and by whom it was recorded, and music programs put in whole pictures. These
notes are emptied where they stand; the sound itself is not touched.
"""

from collections.abc import Iterator
from typing import Final

from survey.domain.file_kinds import FileKind, Refusal
from survey.errors import FileRefused

# --- Ogg with Opus (RFC 3533, RFC 7845) ---

_OGG_HEADER: Final = 27


def ogg(name: str, content: bytes) -> tuple[FileKind, bytes]:
    """One stream of Opus, with its comments emptied. Raises: FileRefused."""
    kept, streams = bytearray(content), set[bytes]()
    for number, (start, body, end) in enumerate(_pages(name, content)):
        streams.add(content[start + 14 : start + 18])
        if number == 0 and content[body : body + 8] != b"OpusHead":
            raise FileRefused(Refusal.KIND, name)
        if number == 1:
            _empty_comments(name, kept, start, body, end)
    if len(streams) != 1:
        raise FileRefused(Refusal.TWO_KINDS, name)
    return FileKind.OGG, bytes(kept)


def _pages(name: str, content: bytes) -> Iterator[tuple[int, int, int]]:
    """Where each page, its body and its end are. Raises: FileRefused, unless they fill the file."""
    start, number = 0, 0
    while start < len(content):
        body = start + _OGG_HEADER
        if not content.startswith(b"OggS\0", start) or body > len(content):
            raise FileRefused(Refusal.TWO_KINDS if number else Refusal.DAMAGED, name)
        segments = content[body : body + content[body - 1]]
        body += content[body - 1]
        end = body + sum(segments)
        if end > len(content):
            raise FileRefused(Refusal.DAMAGED, name)
        yield start, body, end
        start, number = end, number + 1
    if number < 3:
        raise FileRefused(Refusal.DAMAGED, name)


def _empty_comments(name: str, kept: bytearray, start: int, body: int, end: int) -> None:
    """Leave "no vendor, no comments" and zeros, which readers skip; the page's sum is made anew.

    Comments that fill more than a page are pictures, and such a file is no voice message.

    Raises: FileRefused.
    """
    fits_its_page = kept[body - 1] < 255
    if kept[body : body + 8] != b"OpusTags" or end - body < 16 or not fits_its_page:
        raise FileRefused(Refusal.KIND, name)
    kept[body + 8 : end] = bytes(end - body - 8)
    kept[start + 22 : start + 26] = bytes(4)
    kept[start + 22 : start + 26] = _ogg_sum(kept[start:end]).to_bytes(4, "little")


def _ogg_sum(page: bytes | bytearray) -> int:
    """CRC-32 as RFC 3533 has it: polynomial 0x04c11db7, from zero, bits in order."""
    remainder = 0
    for byte in page:
        remainder ^= byte << 24
        for _ in range(8):
            remainder = (remainder << 1) ^ (0x104C11DB7 if remainder & 0x80000000 else 0)
    return remainder


# --- MP3 ---

_BITRATES: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_LOW_BITRATES: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES: Final = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_ID3_HEADER: Final = 10
_ID3V1: Final = 128
_IN_A_ROW: Final = 3


def is_mp3(content: bytes) -> bool:
    """Whether it begins with notes, or with several frames in a row."""
    return content.startswith(b"ID3") or _are_frames(content, 0)


def mp3(name: str, content: bytes) -> tuple[FileKind, bytes]:
    """The frames without ID3 notes before and after. Raises: FileRefused."""
    start, end = 0, len(content)
    while content.startswith(b"ID3", start) and start + _ID3_HEADER <= end:
        size = 0
        for byte in content[start + 6 : start + _ID3_HEADER]:
            size = size << 7 | byte & 0x7F
        has_footer = content[start + 5] & 0x10
        start += size + _ID3_HEADER * (2 if has_footer else 1)
    while start < end and not content[start]:
        start += 1
    if content[-_ID3V1:].startswith(b"TAG"):
        end -= _ID3V1
    if not _are_frames(content[start : start + 20_000], 0):
        raise FileRefused(Refusal.DAMAGED, name)
    return FileKind.MP3, content[start:end]


def _are_frames(content: bytes, at: int) -> bool:
    for _ in range(_IN_A_ROW):
        length = _frame_bytes(content[at : at + 4])
        if not length:
            return False
        at += length
    return at <= len(content)


def _frame_bytes(header: bytes) -> int:
    """The length of a frame of layer III; 0 where it is none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, rate, index = header[1] >> 3 & 3, header[2] >> 2 & 3, header[2] >> 4
    if version not in _RATES or rate == 3 or index in (0, 15):
        return 0
    full = version == 3
    bits = (_BITRATES if full else _LOW_BITRATES)[index] * 1000
    return (144 if full else 72) * bits // _RATES[version][rate] + (header[2] >> 1 & 1)


# --- M4A (ISO/IEC 14496-12) ---

_HOLDS_BOXES: Final = frozenset((b"moov", b"trak", b"mdia", b"minf", b"stbl"))
_NOTES: Final = frozenset((b"udta", b"meta", b"uuid", b"free", b"skip"))
_KNOWN: Final = frozenset((b"ftyp", b"mdat", b"moov", b"wide")) | _NOTES
_DEEPEST: Final = 6


def m4a(name: str, content: bytes) -> tuple[FileKind, bytes]:
    """Sound alone, with all notes emptied. Raises: FileRefused, also for a film."""
    kept, handlers = bytearray(content), list[bytes]()
    seen = [_empty_notes(name, kept, box, handlers) for box in _boxes(name, kept, 0, len(kept))]
    if b"moov" not in seen or b"mdat" not in seen or not set(seen) <= _KNOWN:
        raise FileRefused(Refusal.VIDEO if b"moof" in seen else Refusal.KIND, name)
    if set(handlers) != {b"soun"}:
        raise FileRefused(Refusal.VIDEO if b"vide" in handlers else Refusal.KIND, name)
    return FileKind.M4A, bytes(kept)


def _boxes(
    name: str, content: bytearray, start: int, end: int
) -> Iterator[tuple[bytes, int, int, int]]:
    """Kind, place, body and end of each box; they fill the space. Raises: FileRefused."""
    while start < end:
        size, body = int.from_bytes(content[start : start + 4], "big"), start + 8
        if size == 1:
            size, body = int.from_bytes(content[start + 8 : start + 16], "big"), start + 16
        elif size == 0:
            size = end - start
        if body > end or start + size > end or start + size < body:
            raise FileRefused(Refusal.DAMAGED, name)
        yield bytes(content[start + 4 : start + 8]), start, body, start + size
        start += size


def _empty_notes(
    name: str,
    kept: bytearray,
    box: tuple[bytes, int, int, int],
    handlers: list[bytes],
    depth: int = 0,
) -> bytes:
    """Empty what holds notes, in the boxes inside too; the kinds of tracks go to `handlers`.

    Sizes stay, so that every place that the file names is where it was.

    Raises: FileRefused.
    """
    kind, start, body, end = box
    if kind in _NOTES:
        kept[start + 4 : start + 8] = b"free"
        kept[body:end] = bytes(end - body)
    elif kind == b"hdlr":
        handlers.append(bytes(kept[body + 8 : body + 12]))
        kept[body + 24 : end] = bytes(max(0, end - body - 24))
    elif kind in _HOLDS_BOXES and depth < _DEEPEST:
        for inner in _boxes(name, kept, body, end):
            _empty_notes(name, kept, inner, handlers, depth + 1)
    return kind
