"""English text in words, sentences and syllables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.hints.prose import YOUNGEST, reading_age, sentences, syllables, words

SPOKEN = {
    1: "cat made whole asked makes rules the be your free used school works clothes team year",
    2: "table needed changes social nation question people being doing saying senior colleague "
    "workload handled useful quiet equal union patient theatre safety sometimes statement player "
    "employed little centre special million",
    3: "satisfied services usual idea area manager decisions museum employer carefully opinion "
    "provider various department employee annual quality",
    4: "dissatisfied reliable experience acceptable society equality unusual material reality",
    5: "organisation communication individual",
}


@pytest.mark.parametrize(
    ("word", "number"), [(word, number) for number, line in SPOKEN.items() for word in line.split()]
)
def test_syllables_are_counted_as_they_are_said(word: str, number: int) -> None:
    assert syllables(word) == number


def test_words_are_without_figures_signs_and_what_is_filled_in_later() -> None:
    text = "Is ${organisation}'s part-time work, 24/7, what you don't want?"

    assert words(text) == ["Is", "part-time", "work", "what", "you", "don't", "want"]


def test_a_sentence_ends_with_its_mark_and_not_with_an_abbreviation() -> None:
    text = "Say e.g. a date. Is it so? Yes\nNo"

    assert sentences(text) == ["Say eg a date.", "Is it so?", "Yes", "No"]
    assert sentences(" 12. \n ...") == []


def test_the_reading_age_is_the_flesch_kincaid_grade_and_five() -> None:
    """13 words, 26 syllables, one sentence: 0.39 * 13 + 11.8 * 2 - 15.59 = 13.08."""
    text = "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature."

    assert sum(map(syllables, words(text))) == 26
    assert reading_age([text]) == 18
    assert reading_age(["Go on.", "Do it."]) == YOUNGEST
    assert reading_age(["", "12"]) is None


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert all(syllables(word) >= 1 for word in words(text))
    assert bool(words(text)) == (reading_age([text]) is not None)
