"""The Jinja environment of the pages: one per language, since a catalogue is part of it."""

import gettext
import hashlib
from datetime import UTC, datetime, tzinfo
from functools import cache, partial
from pathlib import Path
from typing import Final

from babel import Locale
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader

from api.web.fields import ACCEPTED_FILES
from survey.domain.language import date_in_words, moment_in_words, number_in_words
from survey.locales import UNREVIEWED

TEMPLATES: Final = Path(__file__).resolve().parent / "templates"
STATIC: Final = Path(__file__).resolve().parent.parent / "static"
STATIC_PATH: Final = "/static"
"""Where the application mounts `STATIC`."""


@cache
def static_version(folder: Path = STATIC) -> str:
    """A short hash of all static files as this process found them.

    It changes their addresses when one of them changes.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def create_environment(
    *,
    language: str,
    translations: gettext.NullTranslations,
    version: str,
    zone: tzinfo = UTC,
) -> Environment:
    """An environment that speaks one language.

    Whoever asks for the same gets the same one, to be left as it is: it keeps the templates that
    it has compiled, which takes longer than anything else about a page.

    Args:
        version: that of the static files.
        zone: in which moments are told.
    """
    environment = Environment(
        loader=ChoiceLoader(
            [
                FileSystemLoader(TEMPLATES),
                PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]

    def static(name: str) -> str:
        return f"{STATIC_PATH}/{name}?v={version}"

    environment.globals["static"] = static
    environment.globals["accepted_files"] = ACCEPTED_FILES
    environment.globals["language_name"] = language_name
    environment.globals["unreviewed"] = language in UNREVIEWED
    environment.filters["date"] = partial(date_in_words, language=language)

    def moment(at: datetime) -> str:
        return moment_in_words(at.astimezone(zone), language)

    def iso(at: datetime) -> str:
        return at.astimezone(zone).isoformat(timespec="seconds")

    def number(value: int) -> str:
        return number_in_words(str(value), language)

    environment.filters |= {"moment": moment, "iso": iso, "number": number}
    return environment


def language_name(code: str) -> str:
    """A language's own name for itself: "Cymraeg"."""
    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]
