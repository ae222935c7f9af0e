"""A questionnaire as a whole: its ways, how it reads, and what is said of the shipped ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.domain.expansion import expand
from survey.domain.form import Form
from survey.domain.hints import Hint, HintKind, Length, Reading, review
from survey.domain.hints.lengths import Way, length_of
from survey.domain.loading import read
from survey.domain.questionnaire import Questionnaire
from survey.questionnaires import library
from tests.survey.domain.making import (
    a_question,
    a_questionnaire,
    scale,
    select_multiple,
    select_one,
    text,
)
from tests.survey.domain.test_compiled import FORMS

K = HintKind


def shipped(key: str, *append: str) -> Questionnaire:
    found = read(library.shipped()[key], name=key).questionnaire
    return expand(
        found.model_copy(update={"append": append}),
        services=library.services(),
        blocks=library.blocks(),
    )


def test_the_shortest_and_the_longest_way_are_those_that_answers_can_take() -> None:
    form = a_questionnaire(
        a_question("hello", "note"),
        scale("rating"),
        text("why", relevant="${rating} <= 2", appearance="long"),
        text("praise", relevant="${rating} >= 4"),
        select_multiple("used", "hr", "it", "none", required=True),
        scale("hr", relevant="selected(${used}, 'hr')"),
        scale("it", relevant="selected(${used}, 'it')"),
    )

    assert length_of(form) == Length(Way(2, 0, 30), Way(5, 1, 90))


def test_what_other_is_belongs_to_its_question() -> None:
    form = a_questionnaire(
        select_one("bus", "one", "other"),
        text("bus_other", relevant="${bus} = 'other'"),
        text("any_other"),
    )

    assert length_of(form).most == Way(3, 1, 50)


@pytest.mark.parametrize("relevant", ["${free} = 'x'", "${many} > 3", "${", "${nobody} = 1"])
def test_ways_that_cannot_be_counted_are_bounded(relevant: str) -> None:
    form = a_questionnaire(
        text("free"),
        a_question("many", "integer", start=0, end=1_000_000),
        scale("rating", relevant=relevant),
    )
    found = length_of(form)

    assert (found.least.questions, found.most.questions) in {(2, 3), (2, 2)}


def test_a_long_survey_is_told_with_the_minutes_that_are_promised() -> None:
    form = a_questionnaire(*(scale(f"q{n}") for n in range(61)), minutes=5)

    assert review(form, "en").hints == (
        Hint("", K.LONG_SURVEY, number=11, limit=10),
        Hint("", K.PROMISED_MINUTES, number=11, limit=5),
    )
    assert (
        review(a_questionnaire(*(scale(f"q{n}") for n in range(60)), minutes=9), "en").hints == ()
    )


def test_many_open_questions_are_told_with_their_number() -> None:
    four = a_questionnaire(*(text(f"q{n}") for n in range(4)))

    assert review(four, "cy").hints == (Hint("", K.MANY_OPEN, number=4, limit=3),)
    assert review(a_questionnaire(*(text(f"q{n}") for n in range(3))), "cy").hints == ()


def test_hard_texts_are_told_with_their_longest_words() -> None:
    label = {
        "en": "Which organisational communication methodologies are administratively difficult?"
    }
    hard = a_questionnaire(*(text(f"q{n}", label=label) for n in range(5)), minutes=3)
    first = review(hard, "en").hints[1]

    assert (first.kind, first.number > first.limit) == (K.HARD_TO_READ, True)
    assert first.words[0] == "administratively"
    assert not review(a_questionnaire(text("q", label=label)), "en").hints


def test_how_it_reads_is_words_in_a_sentence_and_an_age() -> None:
    form = a_questionnaire(text("q", label={"en": "Is it so? Say what you think."}))

    assert review(form, "en").reading == Reading(mean=4, longest=4, age=5)
    assert review(a_questionnaire(text("q", label={"en": "1?"})), "en").reading is None


@pytest.mark.parametrize("language", ["en", "cy"])
@pytest.mark.parametrize("append", [(), ("equality",)])
@pytest.mark.parametrize("key", ["people-pulse", "service-satisfaction"])
def test_there_is_nothing_to_say_of_the_confidential_questionnaires(
    key: str, append: tuple[str, ...], language: str
) -> None:
    assert not review(shipped(key, *append), language, standard=library.standard()).hints


@pytest.mark.parametrize(
    ("key", "agreeing"),
    [
        ("school-service-check", 0),
        ("member-it", 0),
        ("problem-handling", 0),
        ("department-relationship", 3),
        ("before-a-change", 4),
    ],
)
@pytest.mark.parametrize("language", ["en", "cy"])
def test_of_the_others_only_that_they_ask_how_far_people_agree(
    key: str, agreeing: int, language: str
) -> None:
    found = review(shipped(key), language, standard=library.standard()).hints

    assert [(hint.kind, hint.number) for hint in found] == [(K.AGREEMENT, agreeing)] * bool(
        agreeing
    )


def test_published_instruments_are_known_in_each_language() -> None:
    assert "I would recommend ${organisation} as a great place to work" in library.standard()
    assert "Beth yw eich rhyw?" in library.standard()
    assert "Which service did you use?" not in library.standard()


WORDING = (
    "and or/and how good satisfied not never all (SLA) SLA ${organisation} ${ … ? . agree 1 is "
    "don't excellent Pay utilise in order to e.g. 12 yn gryf friend colleague /"
)
WORDS = st.sampled_from([*WORDING.split(), "\n", ""])
TEXTS = st.lists(WORDS, max_size=30).map(" ".join) | st.text(max_size=40)


@settings(max_examples=200, deadline=None)
@given(FORMS, st.lists(TEXTS, min_size=8, max_size=8), st.sampled_from(["en", "cy", "fr"]))
def test_any_questionnaire_is_reviewed(form: Form, texts: list[str], language: str) -> None:
    questionnaire = form.questionnaire
    changed = [
        question.model_copy(
            update={
                "label": {"en": texts[index % 8], "cy": texts[(index + 1) % 8]},
                "hint": {"en": texts[(index + 2) % 8]},
                "points": {0: {"en": texts[(index + 3) % 8]}, 5: {"cy": texts[(index + 4) % 8]}},
            }
        )
        for index, question in enumerate(questionnaire.questions)
    ]
    found = review(questionnaire.model_copy(update={"questions": tuple(changed)}), language)

    names = ["", *(question.name for question in changed)]
    places = [names.index(hint.question) for hint in found.hints]
    assert places == sorted(places)
    assert found.length.least.questions <= found.length.most.questions
