"""Every sentence of the pages reaches the translators, from templates and from Python."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir

from api import web

METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.i18n", "silent": "false"}}


def extracted() -> Iterator[str]:
    folder = Path(web.__file__).parent
    for _, _, message, _, _ in extract_from_dir(folder, METHODS, OPTIONS):
        yield from (message,) if isinstance(message, str) else message


def test_words_of_templates_and_of_python_are_found() -> None:
    found = set(extracted())

    assert {
        "Continue",
        "Not you? Start again",
        "Nothing found for “%(name)s”. Check the spelling, or type less of the name",
        "%(count)s questions,",
        "Select an answer",
        "You have %(count)s characters left.",
        "This link does not work",
        "Check your answers before sending them",
    } <= found
