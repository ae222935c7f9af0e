"""Message catalogues: the program's own words in each language; English is in the source.

Texts of questionnaires carry their translations themselves. `make messages` brings the catalogues
up to date with the source.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER: Final = Path(__file__).parent

SPOKEN: Final = {"en": "English", "cy": "Cymraeg"}
"""The languages of the program's own words, each by its own name."""

UNREVIEWED: Final = frozenset({"cy"})
"""Those that no speaker has read yet: pages say so."""


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language; English words where there is none.

    It is compiled here, at its first use: that takes a few hundredths of a second once, and no
    build can forget it or ship an old one.
    """
    catalogue = FOLDER / f"{language}.po"
    if language not in SPOKEN or not catalogue.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with catalogue.open("rb") as lines:
        write_mo(compiled, read_po(lines, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
