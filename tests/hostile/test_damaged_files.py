"""Files with bytes changed, left out or doubled: taken or refused, and never a fault of ours."""

from collections.abc import Callable
from random import Random
from typing import Final

import pytest

from survey.errors import FileRefused
from survey.files.looking import look
from tests.hostile.making import docx, m4a, mp3, objects_packed, ods, pdf, voice, xlsx
from tests.support.pictures import exif, photo, picture, saved

_TIMES: Final = 150

WHOLE: Final[dict[str, Callable[[], bytes]]] = {
    "a.jpg": photo,
    "a.png": lambda: saved(picture(), "PNG", exif=exif()),
    "a.gif": lambda: saved(picture(), "GIF"),
    "a.webp": lambda: saved(picture(), "WEBP", exif=exif()),
    "a.ogg": voice,
    "a.mp3": mp3,
    "a.m4a": m4a,
    "a.pdf": lambda: pdf(objects_packed(b"<< /A 1 >>")),
    "a.xlsx": xlsx,
    "a.docx": docx,
    "a.ods": ods,
    "a.csv": lambda: b"name,change\nAnn,-5.20\n=B2,@ann\n" * 9,
}


def damaged(content: bytes, chance: Random) -> bytes:
    at, many = chance.randrange(len(content)), chance.randrange(1, 9)
    match chance.randrange(4):
        case 0:
            return content[:at]
        case 1:
            return content[:at] + content[at + many :]
        case 2:
            return content[: at + many] + content[at:]
        case _:
            return content[:at] + chance.randbytes(many) + content[at + many :]


@pytest.mark.parametrize(("name", "make"), WHOLE.items(), ids=WHOLE)
def test_a_damaged_file_is_taken_or_refused(name: str, make: Callable[[], bytes]) -> None:
    whole = make()
    for seed in range(_TIMES):
        came = damaged(whole, Random(seed))
        try:
            found = look(name, came)
        except FileRefused:
            continue
        # What was taken is taken again: it can be fetched twice.
        assert look(found.name, found.content).kind is found.kind, f"seed {seed}"
