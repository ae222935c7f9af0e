"""Slips for a school to cut out and hand on: one for each person, with a square code and a typed.

The PDF is tagged and titled (PDF/UA-1), so that a screen reader can read it too; typst refuses to
make it otherwise. Only the fonts that come with typst are used: what they lack is replaced.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from json import dumps
from typing import Any, Final
from unicodedata import category, normalize

import segno
import typst

from survey.domain.language import date_in_words
from survey.locales import translations

MISSING: Final = "\N{WHITE SQUARE}"
"""Stands for a character that cannot be printed."""

SLIPS: Final = "slips.typ"

_STANDARD: Final = "ua-1"
_ORDINARY: Final = 0x250
"""All letters of Latin up to here are in the fonts."""

_JOINERS: Final = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
_ONE_CHARACTER: Final = b'#set document(title: "x")\n#sys.inputs.text'


@dataclass(frozen=True, slots=True)
class Slip:
    """What one person is given; `place` is their school, `code` in groups joined with "-"."""

    name: str
    place: str
    link: str
    code: str
    language: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The slips of one unit; `until` is the last day on the whole of which they work."""

    unit: str
    organisation: str
    bot: str
    until: date
    language: str
    slips: Sequence[Slip]


def pdf(sheet: Sheet) -> bytes:
    """The sheet as PDF/UA-1 on A4. Takes about 5 ms a slip: call it in a thread."""
    return compiled(_data(sheet))


def compiled(data: dict[str, Any], template: str = SLIPS) -> bytes:
    """What a template beside this file makes of it, as PDF/UA-1."""
    made: bytes = _compiled(data, template, format="pdf", pdf_standards=_STANDARD)
    return made


def pictures(sheet: Sheet) -> list[bytes]:
    """Its pages as PNG, for people who look at what was made."""
    return drawn(_data(sheet))


def drawn(data: dict[str, Any], template: str = SLIPS) -> list[bytes]:
    """The pages of `compiled` as PNG."""
    made = _compiled(data, template, format="png", ppi=80)
    return made if isinstance(made, list) else [made]


def printable(text: str) -> str:
    """The text on one line, never empty; what the fonts lack is replaced by `MISSING`."""
    plain = normalize("NFC", " ".join(text.split()))
    return "".join(each if _prints(each) else MISSING for each in plain) or MISSING


@lru_cache(maxsize=4096)
def _prints(character: str) -> bool:
    if category(character).startswith("C"):
        return character in _JOINERS
    if ord(character) < _ORDINARY:
        return True
    try:
        typst.compile(
            _ONE_CHARACTER,
            ignore_system_fonts=True,
            pdf_standards=_STANDARD,
            sys_inputs={"text": character},
        )
    except typst.TypstError:
        return False
    return True


def _compiled(data: dict[str, Any], template: str, **how: Any) -> Any:
    source = files(__package__).joinpath(template).read_bytes()
    inputs = {"sheet": dumps(data)}
    return typst.compile(source, ignore_system_fonts=True, sys_inputs=inputs, **how)


def _data(sheet: Sheet) -> dict[str, Any]:
    """What slips.typ reads."""
    speak = translations(sheet.language)
    unit = printable(sheet.unit)
    slips = [_slip(each, sheet) for each in sheet.slips]
    how, unprintable = counted(slips, sheet.language)
    return {
        "title": speak.gettext("Slips to join the chat: %(unit)s") % {"unit": unit},
        "organisation": printable(sheet.organisation),
        "language": sheet.language,
        "how": how,
        "unprintable": unprintable,
        "slips": slips,
    }


def counted(slips: Sequence[dict[str, Any]], language: str) -> tuple[str, str]:
    """How many slips there are and what to do with them; and what the mark in a name means."""
    speak = translations(language)
    missing = any(MISSING in f"{each['name']}{each['place']}" for each in slips)
    how = speak.ngettext(
        "%(number)d slip. Cut along the lines and give the slip to the person named on it.",
        "%(number)d slips. Cut along the lines and give each slip to the person named on it.",
        len(slips),
    )
    told = speak.gettext("%(mark)s stands for a character that we cannot print.")
    return how % {"number": len(slips)}, told % {"mark": MISSING} if missing else ""


def _slip(slip: Slip, sheet: Sheet) -> dict[str, Any]:
    _ = translations(slip.language).gettext
    organisation = printable(sheet.organisation)
    until = date_in_words(sheet.until, slip.language)
    return {
        "name": printable(slip.name),
        "place": printable(slip.place) if slip.place else "",
        "language": slip.language,
        "invites": _("%(organisation)s asks short questions in Telegram. To join:")
        % {"organisation": organisation},
        "steps": [
            _("Scan the square with the camera of your phone. Telegram opens."),
            _("Tap Start. You are asked whether this is you."),
            _("Tap Yes. You can leave again at any time."),
        ],
        "instead": _("No camera? Find @%(bot)s in Telegram and send it this code:")
        % {"bot": printable(sheet.bot)},
        "groups": slip.code.split("-"),
        "until": _("It works once, for you alone, until the end of %(day)s.") % {"day": until},
        "square": square(slip.link),
        "alt": _("Square code that opens the chat in Telegram with your personal link"),
    }


def square(link: str) -> str:
    """The link as a QR code, as SVG: its own quiet border, and a quarter of it may be dirty."""
    drawn = BytesIO()
    segno.make_qr(link, error="q").save(drawn, kind="svg", xmldecl=False, border=4, omitsize=True)
    return drawn.getvalue().decode()
