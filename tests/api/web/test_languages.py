"""No page says a word in another language than the visitor's, but for what people wrote."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from gettext import NullTranslations

import pytest

from api.web.pages import Pages
from survey.domain.language import day_in_words
from survey.locales import SPOKEN, translations
from tests.api.web import samples
from tests.support.html import Element, parse

SPOKEN_ATTRIBUTES = ("alt", "aria-label", "placeholder", "title")
MARKED = re.compile("«[^»]*»")
WORD = re.compile(r"[^\W\d_]+")

VISIT = replace(samples.VISIT, language="cy")


class Marked(NullTranslations):
    """Puts every sentence that passes through it in brackets."""

    def gettext(self, message: str) -> str:
        return f"«{message}»"

    def ngettext(self, one: str, many: str, number: int) -> str:
        return f"«{one if number == 1 else many}»"


def heard(element: Element) -> Iterator[str]:
    """What is read out: texts, and attributes that are spoken or shown by the script."""
    for name, value in element.attributes.items():
        if name in SPOKEN_ATTRIBUTES or name.startswith("data-i18n"):
            yield value
    for child in element.children:
        if isinstance(child, Element):
            yield from heard(child)
        elif child.strip():
            yield " ".join(child.split())


def left_in_english(page: Element) -> list[str]:
    """Our English sentences that a Welsh page reads out."""
    catalogue: dict[object, str] = vars(translations("cy"))["_catalog"]
    english = {key for key, text in catalogue.items() if isinstance(key, str) and key != text}
    return sorted(english.intersection(heard(page)))


MARKED_PAGES = samples.all_pages(Pages(samples.SITE, translations={"cy": Marked()}), VISIT)
WELSH_PAGES = samples.all_pages(Pages(samples.SITE, translations={"cy": translations("cy")}), VISIT)


def words_of(given: object) -> Iterator[str]:
    """All words in the texts of a sample."""
    if isinstance(given, str):
        yield from WORD.findall(given)
    elif isinstance(given, list | tuple):
        for each in given:
            yield from words_of(each)
    elif is_dataclass(given):
        for field in fields(given):
            yield from words_of(getattr(given, field.name))


CONTENT = {
    *words_of((samples.SITE, samples.SURVEY, list(samples.TURNS.values()))),
    *words_of((*SPOKEN.values(), "Tellback", "K7M-4QX", "What I typed", "kept as typed")),
    *words_of(day_in_words(date, "cy") if (date := samples.SURVEY.closed_on) else ""),
}
"""What the organisation, the questionnaire and the visitor wrote."""


@pytest.mark.parametrize("name", MARKED_PAGES)
def test_every_word_that_is_ours_goes_through_the_catalogue(name: str) -> None:
    ours = [MARKED.sub("", text) for text in heard(parse(MARKED_PAGES[name]()))]

    assert [text for text in ours if not set(WORD.findall(text)) <= CONTENT] == []


@pytest.mark.parametrize("name", WELSH_PAGES)
def test_no_sentence_of_ours_is_left_in_english_on_a_welsh_page(name: str) -> None:
    assert left_in_english(parse(WELSH_PAGES[name]())) == []


def test_a_welsh_page_says_that_no_speaker_has_read_its_words() -> None:
    unreviewed = "Ein cyfieithiad ni, heb ei adolygu gan siaradwr eto."

    assert unreviewed in parse(WELSH_PAGES["trouble-link"]()).text
    assert unreviewed in parse(WELSH_PAGES["scale"]()).text


def test_the_script_is_given_every_plural_form_of_the_language() -> None:
    (counter,) = [
        element
        for element in parse(WELSH_PAGES["text-long"]()).elements
        if element.attributes.get("data-module") == "govuk-character-count"
    ]
    forms = {
        name.rpartition(".")[2]
        for name in counter.attributes
        if name.startswith("data-i18n.characters-under-limit.")
    }

    assert forms == {"zero", "one", "two", "few", "many", "other"}
    assert counter.attributes["data-i18n.characters-over-limit.two"] == (
        "Mae gennych %{count} nod yn ormod."
    )
