"""What a file is by its content: one function, run in a process of its own (`inspecting`)."""

from survey.domain.file_kinds import MOST_BYTES, Refusal
from survey.domain.file_names import checked, renamed
from survey.errors import FileRefused
from survey.files.pictures import drawn
from survey.ports.files import Inspected


def look(name: str, content: bytes) -> Inspected:
    """The file as it may be kept. Raises: FileRefused; MemoryError."""
    kept = checked(name)
    if not content:
        raise FileRefused(Refusal.EMPTY, name)
    if len(content) > MOST_BYTES:
        raise FileRefused(Refusal.TOO_LARGE, name)
    if _is_picture(content):
        kind, picture = drawn(name, content)
        return Inspected(renamed(kept, kind, stem="photo"), kind, picture)
    raise FileRefused(Refusal.KIND, name)


def _is_picture(content: bytes) -> bool:
    return content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")) or (
        content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    )
