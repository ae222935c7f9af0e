"""Message catalogues: the program's own words in each language; English is in the source.

Texts of questionnaires carry their translations themselves.
"""

from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path
from typing import Final

DOMAIN: Final = "tellback"

SPOKEN: Final = {"en": "English", "cy": "Cymraeg"}
"""The languages of the program's own words, each by its own name."""


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language; English words where there is none."""
    return translation(DOMAIN, localedir=Path(__file__).parent, languages=[language], fallback=True)
