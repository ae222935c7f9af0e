"""What may come with a report: kinds of files, how many and how large, and why one is refused."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_BYTES: Final = 20_000_000
"""Of one file. Bots are given no more by Telegram, and pages take the same."""

MOST_AT_ONCE: Final = 10
"""With one message: as many as an album of Telegram has."""

MOST_OF_A_CASE: Final = 50

MOST_UNSENT: Final = 20
"""Of a report that is being made; more can be added once it is sent."""

MOST_UNSENT_BYTES: Final = 100_000_000
"""Of those together."""

LONGEST_EDGE: Final = 2560
"""Of a picture as it is kept, in pixels: small print on a photo of a page is read at this."""

MOST_PIXELS: Final = 64_000_000
"""Of a picture as it comes. What is larger would fill the memory when it is drawn."""


class FileKind(StrEnum):
    """Kinds that are kept; the value is the media type."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    OGG = "audio/ogg"
    MP3 = "audio/mpeg"
    M4A = "audio/mp4"
    PDF = "application/pdf"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ODS = "application/vnd.oasis.opendocument.spreadsheet"
    ODT = "application/vnd.oasis.opendocument.text"
    CSV = "text/csv"
    TEXT = "text/plain"

    @property
    def drawn(self) -> bool:
        """Whether it is a picture that we drew ourselves: the only ones that pages show."""
        return self in (FileKind.JPEG, FileKind.PNG)

    @property
    def endings(self) -> tuple[str, ...]:
        """What its name may end with; the first is given where there is none."""
        return _ENDINGS[self]


_ENDINGS: Final = {
    FileKind.JPEG: ("jpg", "jpeg", "jpe", "jfif"),
    FileKind.PNG: ("png",),
    FileKind.OGG: ("ogg", "oga", "opus"),
    FileKind.MP3: ("mp3",),
    FileKind.M4A: ("m4a", "mp4"),
    FileKind.PDF: ("pdf",),
    FileKind.XLSX: ("xlsx",),
    FileKind.DOCX: ("docx",),
    FileKind.ODS: ("ods",),
    FileKind.ODT: ("odt",),
    FileKind.CSV: ("csv",),
    FileKind.TEXT: ("txt", "log"),
}


class Refusal(StrEnum):
    """Why a file is not kept; the words are `file_words.why_refused`."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    UNSENT = "unsent"
    """There are as many, or as large ones, as a report may have before it is sent."""
    TODAY = "today"
    """The same person sent as many today as one may."""
    NAME = "name"
    ENDING = "ending"
    """The name says another kind than the content."""
    KIND = "kind"
    OLD_OFFICE = "old_office"
    HEIC = "heic"
    VIDEO = "video"
    ARCHIVE = "archive"
    PROGRAM = "program"
    PAGE = "page"
    """HTML, SVG and other text that a browser would run."""
    TWO_KINDS = "two_kinds"
    DAMAGED = "damaged"
    LOCKED = "locked"
    PIXELS = "pixels"
    PACKED = "packed"
    """It would unpack to much more than it seems."""
    SCRIPT = "script"
    MACROS = "macros"
    EMBEDDED = "embedded"
    OUTSIDE = "outside"
    """It fetches things from elsewhere when it is opened."""
    FORMULA = "formula"
    LONG = "long"
    """To read it took more time or memory than a file is given."""
    LOST = "lost"
    """Telegram did not give it to us."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file as it may be kept: pictures drawn anew, sounds without their notes."""

    name: str
    kind: FileKind
    content: bytes
