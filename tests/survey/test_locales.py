"""Every sentence of the program is there in every language that it speaks."""

import importlib
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.plurals import get_plural

from survey.domain.language import date_in_words, day_in_words, number_in_words
from survey.locales import FOLDER, SPOKEN, UNREVIEWED, translations

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = sorted(SPOKEN.keys() - {"en"})
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}")
CLOSING = re.compile(r"[.,:;?!›…]?$")


class Anything(dict[str, object]):
    """Has a value for each placeholder."""

    def __missing__(self, name: str) -> int:
        return 7


@pytest.fixture(scope="module")
def tool() -> Iterator[ModuleType]:
    """`make messages`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "deploy"))
        yield importlib.import_module("messages")


@pytest.fixture(scope="module")
def source(tool: ModuleType) -> Catalog:
    found: Catalog = tool.extracted()
    return found


@pytest.fixture(scope="module", params=LANGUAGES)
def catalogue(request: pytest.FixtureRequest, tool: ModuleType) -> Catalog:
    read: Catalog = tool.read(FOLDER / f"{request.param}.po")
    return read


def messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def english(message: Message) -> tuple[str, ...]:
    return forms(message.id)


def spoken(message: Message) -> tuple[str, ...]:
    return forms(message.string)


def forms(text: object) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (str(text),)


# --- the catalogues ---


def test_each_language_has_a_catalogue_and_no_other_is_kept() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.po")) == LANGUAGES
    assert set(LANGUAGES) >= UNREVIEWED


def test_what_the_source_says_is_what_the_catalogue_translates(
    source: Catalog, catalogue: Catalog
) -> None:
    said, kept = (
        {(message.id, message.context) for message in messages(each)}
        for each in (source, catalogue)
    )

    assert sorted(said - kept, key=str) == [], "run `make messages` and translate these"
    assert sorted(kept - said, key=str) == [], "run `make messages`: these are said no more"


def test_every_message_is_translated_in_every_plural_form(
    tool: ModuleType, catalogue: Catalog
) -> None:
    assert [message.id for message in tool.untranslated(catalogue)] == []
    plurals = [spoken(each) for each in messages(catalogue) if each.pluralizable]
    assert {len(each) for each in plurals} == {catalogue.num_plurals}


def test_plurals_are_counted_as_the_language_counts(catalogue: Catalog) -> None:
    assert catalogue.locale is not None
    known = get_plural(catalogue.locale.language)

    assert (catalogue.num_plurals, catalogue.plural_expr) == (
        known.num_plurals,
        known.plural_expr,
    )


def test_placeholders_are_the_same_in_every_form(catalogue: Catalog) -> None:
    def placeholders(texts: tuple[str, ...]) -> set[frozenset[str]]:
        return {frozenset(PLACEHOLDER.findall(text)) for text in texts}

    assert [
        message.id
        for message in messages(catalogue)
        if placeholders(english(message)) != placeholders(spoken(message))
    ] == []


def test_every_translation_can_be_filled_in(catalogue: Catalog) -> None:
    for message in messages(catalogue):
        for text in spoken(message):
            if re.search(r"%\(|%%", text):
                assert text % Anything()
            elif "{" in text:
                assert text.format_map(Anything())


def test_no_translation_holds_markup(catalogue: Catalog) -> None:
    texts = [text for message in messages(catalogue) for text in spoken(message)]

    assert [text for text in texts if re.search(r"[<>&]", text)] == []


def test_a_translation_begins_and_ends_as_the_english_does(catalogue: Catalog) -> None:
    def ends(texts: tuple[str, ...]) -> set[tuple[bool, bool, str]]:
        return {
            (text[:1].isspace(), text[-1:].isspace(), CLOSING.findall(text)[0]) for text in texts
        }

    assert [
        (message.id, message.string)
        for message in messages(catalogue)
        if ends(english(message)) != ends(spoken(message))
    ] == []


# --- speaking ---


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0 cwestiwn"),
        (1, "1 cwestiwn"),
        (2, "2 gwestiwn"),
        (3, "3 chwestiwn"),
        (4, "4 cwestiwn"),
        (6, "6 chwestiwn"),
        (12, "12 cwestiwn"),
    ],
)
def test_welsh_counts_questions_with_the_right_mutation(number: int, said: str) -> None:
    counted = translations("cy").ngettext("%(number)d question", "%(number)d questions", number)

    assert counted % {"number": number} == said


@pytest.mark.parametrize("language", ["en", "xx", "../cy", ""])
def test_a_language_without_a_catalogue_speaks_english(language: str) -> None:
    assert translations(language).gettext("Continue") == "Continue"


def test_days_and_numbers_are_written_in_the_language() -> None:
    day = date(2026, 5, 14)

    assert date_in_words(day, "cy") == "14 Mai 2026"
    assert date_in_words(day, "en") == "14 May 2026"
    assert day_in_words(day, "cy") == "Dydd Iau 14 Mai"
    assert date_in_words(day, "xx") == "2026-05-14"
    assert number_in_words("2000", "cy") == "2,000"
    assert number_in_words("0.00001", "en") == "0.00001"
    assert number_in_words("U+0007", "en") == "U+0007"


# --- keeping them up to date ---


def welsh(*added: tuple[str, str]) -> Catalog:
    catalogue = Catalog(locale="cy")
    for english_text, text in added:
        catalogue.add(english_text, text)
    return catalogue


def said(*texts: str) -> Catalog:
    source = Catalog()
    for text in texts:
        source.add(text, locations=[("api/web/words.py", 1)])
    return source


def renewed(tool: ModuleType, catalogue: Catalog, source: Catalog, folder: Path) -> Catalog:
    path = folder / "cy.po"
    path.write_bytes(tool.updated(catalogue, source))
    read: Catalog = tool.read(path)
    return read


def test_a_new_message_comes_in_empty_and_one_that_is_gone_goes(
    tool: ModuleType, tmp_path: Path
) -> None:
    after = renewed(
        tool, welsh(("Back", "Yn ôl"), ("Yesterday", "Ddoe")), said("Back", "Skip"), tmp_path
    )

    assert {each.id: each.string for each in messages(after)} == {"Back": "Yn ôl", "Skip": ""}
    assert [each.id for each in tool.untranslated(after)] == ["Skip"]


def test_a_changed_message_keeps_its_translation_until_somebody_has_looked_at_it(
    tool: ModuleType, tmp_path: Path
) -> None:
    before = welsh(("You can close this page.", "Gallwch gau'r dudalen hon."))

    after = renewed(tool, before, said("You may close this page."), tmp_path)

    (message,) = messages(after)
    assert message.string == "Gallwch gau'r dudalen hon."
    assert list(tool.untranslated(after)) == [message]


def test_a_catalogue_that_is_up_to_date_stays_as_it_is(
    tool: ModuleType, source: Catalog, tmp_path: Path
) -> None:
    path = tmp_path / "cy.po"
    path.write_bytes(tool.updated(tool.read(FOLDER / "cy.po"), source))

    assert tool.updated(tool.read(path), source) == path.read_bytes()
