"""Automatic tone, and the ways in which it is known to be wrong."""

import pytest

from analytics.tone import NotScored, Tone, Unscored, analyser, normalised, tone


def polarity(comment: str) -> float:
    found = tone(comment, language="en")
    assert isinstance(found, Tone)
    return found.polarity


@pytest.mark.parametrize("apostrophe", ["'", "’", "‘", "ʼ", ""])
def test_a_contracted_not_turns_the_tone_whatever_its_apostrophe(apostrophe: str) -> None:
    contracted = polarity(f"The service isn{apostrophe}t good")

    assert contracted == polarity("The service is not good") == -0.35


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("I can't say", "I can not say"),
        ("I cannot say", "I can not say"),
        ("It won’t help", "It will not help"),
        ("We SHAN'T", "We shall not"),
        ("It ain't so", "It is not so"),
        ("They DON'T", "They do not"),
        ("dont, doesnt, havent", "do not, does not, have not"),
        ("an ant on a slant wants to count", "an ant on a slant wants to count"),
    ],
)
def test_contractions_are_written_out(written: str, read: str) -> None:
    assert normalised(written) == read


@pytest.mark.parametrize("term", ["outstanding", "Outstanding", "snag", "snags", "snagging"])
def test_an_issue_that_is_outstanding_is_not_praise(term: str) -> None:
    assert tone(f"The form was {term} for six weeks", language="en") == NotScored(
        Unscored.NO_KNOWN_WORDS, analyser()
    )


@pytest.mark.parametrize("language", ["cy", "cy-GB", "ur", ""])
def test_another_language_is_not_scored_and_never_neutral(language: str) -> None:
    assert tone("Gwasanaeth da iawn, good", language=language) == NotScored(
        Unscored.LANGUAGE, analyser()
    )


@pytest.mark.parametrize("comment", ["", "   ", "It took three weeks to reset my password", "?!"])
def test_a_comment_without_a_known_word_is_not_scored(comment: str) -> None:
    found = tone(comment, language="en-GB")

    assert isinstance(found, NotScored)
    assert found.reason is Unscored.NO_KNOWN_WORDS


def test_a_score_names_the_analyser_that_made_it() -> None:
    found = tone("Good", language="EN-gb")

    assert isinstance(found, Tone)
    assert found.analyser.startswith("textblob 0.")
    assert 0 <= found.subjectivity <= 1
