"""Slips for people whom no message reached: a square code that opens their survey, and its address.

The sheet is that of `api.printing.slips`, in other words.
"""

from collections.abc import Sequence
from typing import Any

from api.printing.slips import compiled, counted, printable, square
from survey.domain.language import date_in_words
from survey.locales import SPOKEN, translations
from survey.services.unreached import Slip

_ADDRESS_SIZE = 9
"""In points: an address is three times as long as a code."""


def pdf(
    slips: Sequence[Slip], *, title: str, organisation: str, base_url: str, language: str
) -> bytes:
    """The sheet as PDF/UA-1 on A4; call it in a thread. Each slip is in its person's language."""
    return compiled(_data(slips, title, organisation, base_url, language))


def _data(
    slips: Sequence[Slip], title: str, organisation: str, base_url: str, language: str
) -> dict[str, Any]:
    """What slips.typ reads."""
    speak = translations(language)
    made = [_slip(each, organisation, base_url, language) for each in slips]
    how, unprintable = counted(made, language)
    return {
        "title": speak.gettext("Slips to answer: %(title)s") % {"title": printable(title)},
        "organisation": printable(organisation),
        "language": language,
        "how": how,
        "unprintable": unprintable,
        "slips": made,
    }


def _slip(slip: Slip, organisation: str, base_url: str, otherwise: str) -> dict[str, Any]:
    language = slip.language if slip.language in SPOKEN else otherwise
    _ = translations(language).gettext
    link = f"{base_url}/i/{slip.token}"
    told = {
        "organisation": printable(organisation),
        "title": printable(slip.title),
        "day": date_in_words(slip.closes_on, language),
    }
    return {
        "name": printable(slip.person.name),
        "place": printable(slip.place) if slip.place else "",
        "language": language,
        "invites": _("%(organisation)s asks you to answer “%(title)s”.") % told,
        "steps": [
            _("Scan the square with the camera of your phone. Your page opens."),
            _("It says what is asked, why, and how private it is."),
            _("Press Start. You need no name and no password."),
        ],
        "instead": _("No camera? Type this into a browser, both lines as one:"),
        # Broken where no sign can be taken for a hyphen.
        "groups": [f"{base_url}/i/", slip.token],
        "lines": True,
        "size": _ADDRESS_SIZE,
        "until": _("It is for you alone, until the end of %(day)s.") % told,
        "square": square(link),
        "alt": _("Square code that opens the survey with your personal link"),
    }
