"""Wordings with a fault, each found; wordings of the trade without one, none suspected."""

from typing import Any

import pytest

from survey.domain.hints import Hint, HintKind, review
from survey.domain.questionnaire import Question
from tests.survey.domain.making import (
    AGREE,
    a_choice,
    a_questionnaire,
    scale,
    select_multiple,
    select_one,
    text,
)

K = HintKind
SATISFIED = {
    1: {"en": "Very dissatisfied"},
    2: {"en": "Dissatisfied"},
    3: {"en": "Neither satisfied nor dissatisfied"},
    4: {"en": "Satisfied"},
    5: {"en": "Very satisfied"},
}


def rated(label: str, **more: Any) -> Question:
    return scale("q", label={"en": label}, **({"points": SATISFIED} | more))


def agreed(label: str) -> Question:
    return rated(label, points=AGREE)


def chosen(label: str, *labels: str, **more: Any) -> Question:
    choices = [a_choice(f"c{index}", each) for index, each in enumerate(labels or ("Yes", "No"))]
    return select_one("q", *choices, label={"en": label}, **more)


def hints(*questions: Question, **more: Any) -> list[Hint]:
    return list(review(a_questionnaire(*questions, **more), "en").hints)


def told(question: Question) -> list[tuple[HintKind, tuple[str, ...]]]:
    """Of the question itself; agreement is told of the questionnaire."""
    return [(hint.kind, hint.words) for hint in hints(question) if hint.question]


@pytest.mark.parametrize(
    ("question", "kind", "words"),
    [
        (
            rated("How satisfied or dissatisfied are you with your pay and conditions?"),
            K.TWO_THINGS,
            ("pay", "conditions"),
        ),
        (agreed("My manager is fair and open with me"), K.TWO_THINGS, ("fair", "open")),
        (
            rated("Overall, how do you rate the speed and the quality of the reply?"),
            K.TWO_THINGS,
            ("speed", "quality"),
        ),
        (rated("How do you rate the speed/quality of it?"), K.TWO_THINGS, ("speed", "quality")),
        (agreed("The form is short or simple"), K.TWO_THINGS, ("short", "simple")),
        (agreed("I know what will change and when"), K.TWO_THINGS, ("change", "when")),
        (chosen("Don't you think that the service has improved?"), K.LEADING, ("don't you",)),
        (rated("How helpful was our team?"), K.LEADING, ("how helpful",)),
        (rated("How do you rate our excellent helpdesk?"), K.LEADING, ("excellent",)),
        (rated("How do you rate our world-class helpdesk?"), K.LEADING, ("world-class",)),
        (text("q", label={"en": "What makes our team great?"}), K.LEADING, ("great",)),
        (chosen("Do you agree that the office should close?"), K.LEADING, ("do you agree that",)),
        (
            chosen("As you know, budgets are falling. Should we close it?"),
            K.LEADING,
            ("as you know",),
        ),
        (chosen("Should the council stop wasteful spending?"), K.LEADING, ("wasteful",)),
        (rated("How good was the service?"), K.ONE_SIDED, ("good", "poor")),
        (rated("How satisfied are you with us?"), K.ONE_SIDED, ("satisfied", "dissatisfied")),
        (agreed("My manager always listens"), K.ABSOLUTE, ("always",)),
        (agreed("Everyone here is treated fairly"), K.ABSOLUTE, ("everyone",)),
        (chosen("Do you use all of our services?"), K.ABSOLUTE, ("all",)),
        (chosen("Do you read every message?"), K.ABSOLUTE, ("every",)),
        (
            chosen("Should we not stop sending letters without a stamp?"),
            K.DOUBLE_NEGATIVE,
            ("not", "without"),
        ),
        (agreed("It is not unusual to wait"), K.DOUBLE_NEGATIVE, ("not", "unusual")),
        (
            chosen("Do you oppose not allowing dogs?"),
            K.DOUBLE_NEGATIVE,
            ("oppose", "not"),
        ),
        (agreed("I am not told about changes"), K.NEGATIVE_STATEMENT, ("not",)),
        (agreed("I can't get through"), K.NEGATIVE_STATEMENT, ("can't",)),
        (chosen("How was it?", "Excellent", "Very good", "Good", "Poor"), K.UNBALANCED, ()),
        (
            rated(
                "How was it?",
                end=4,
                points={
                    1: {"en": "Poor"},
                    2: {"en": "Average"},
                    3: {"en": "Good"},
                    4: {"en": "Great"},
                },
            ),
            K.UNBALANCED,
            (),
        ),
        (rated("Is it so?", required=True), K.NO_WAY_OUT, ()),
        (chosen("Which bus do you take?", "1", "2", "3", required=True), K.NO_WAY_OUT, ()),
        (
            select_multiple("q", "bus", "train", "car", label={"en": "How?"}, required=True),
            K.NO_WAY_OUT,
            (),
        ),
        (text("q", label={"en": "What went wrong?"}, required=True), K.REQUIRED_TEXT, ()),
        (
            chosen("Do you have a disability?", required=True),
            K.REQUIRED_SENSITIVE,
            (),
        ),
        (
            chosen("How are you?", "A", "B", characteristic=True, required=True),
            K.REQUIRED_SENSITIVE,
            (),
        ),
        (text("q", label={"en": "Why did you utilise it?"}), K.PLAINER_WORD, ("utilise", "use")),
        (
            text("q", label={"en": "What did you need in order to finish?"}),
            K.PLAINER_WORD,
            ("in order to", "to"),
        ),
        (rated("How do you rate our SLA?"), K.ABBREVIATION, ("SLA",)),
        (text("q", label={"en": "Which KPIs matter to you?"}), K.ABBREVIATION, ("KPIs",)),
        (text("q", label={"en": "Why " + "and so on " * 9 + "?"}), K.LONG_SENTENCE, ()),
        (text("q", label={"en": "What? " * 26}), K.LONG_TEXT, ()),
        (chosen("Which?", *(f"Number {n}" for n in range(13))), K.MANY_CHOICES, ()),
        (chosen("Which?", "One", "Two " * 21), K.LONG_CHOICE, ("Two " * 21,)),
    ],
)
def test_a_bad_wording_is_found(question: Question, kind: HintKind, words: tuple[str, ...]) -> None:
    assert told(question) == [(kind, words)]


@pytest.mark.parametrize(
    "question",
    [
        rated("Overall, how satisfied or dissatisfied are you with your pay?"),
        rated("When you rang and wrote to us, how satisfied or dissatisfied were you?"),
        rated("How satisfied or dissatisfied are you with the terms and conditions?"),
        rated("How do you rate the Department for Health and Social Care?"),
        rated("How do you rate the road between the school and the station?"),
        rated("How likely are you to recommend us to a friend or colleague?"),
        rated("How easy or difficult was it to find the form?"),
        rated("On a scale where 0 is not at all anxious and 10 is completely anxious, how was it?"),
        rated("How do you rate it, from 1 (poor) to 5 (excellent)?"),
        rated("Does the letter say clearly what to do?"),
        rated("Taking everything into account, how do you rate your landlord?"),
        rated(
            "How satisfied are you with your life nowadays?",
            points={1: {"en": "Not at all satisfied"}, 5: {"en": "Completely satisfied"}},
        ),
        agreed("I have an acceptable workload"),
        agreed("Overall, I have confidence in the decisions of our managers"),
        agreed("The change has been tested by people who do work like mine"),
        chosen("Do you agree or disagree with the plan?"),
        chosen("Do you agree with or oppose the plan?", "Agree with it", "Oppose it"),
        chosen("May we ask a few questions? All are optional", "Yes", "No"),
        chosen("Do you work here every day?"),
        chosen("Did it come in less than a week?", required=True),
        chosen("Was your query resolved the first time?"),
        chosen("Do you live in Great Britain?"),
        chosen("Are there outstanding issues?"),
        chosen("Does a great deal of it matter?"),
        chosen("Do you use the bus at all?"),
        chosen("Do you know whether or not it was sent?"),
        chosen("Were you not at home?"),
        chosen("How often?", "Always", "Often", "Sometimes", "Never"),
        chosen("How much?", "Not at all", "A little", "Good", "Very good"),
        chosen("Which?", "Good", "Blue", "Excellent", "Very good"),
        chosen("How was it?", "Very good", "Good", "Neither good nor poor", "Poor", "Very poor"),
        chosen("How was it?", "Good", "Okay", "Bad", "Don't know"),
        chosen("Which bus?", "1", "2", "None of these", required=True),
        chosen("Which bus?", "1", "2", "I don't know", "Don't know", required=True),
        text("q", label={"en": "What was the main reason you were not satisfied?"}),
        text("q", label={"en": "What is the biggest problem with our IT or HR?"}),
        text("q", label={"en": "How is the service level agreement (SLA) kept? Is the SLA fair?"}),
        text("q", label={"en": "ANYTHING ELSE TO SAY?"}),
        text("q", label={"en": "Is there one thing that would make your work better?"}),
    ],
    ids=lambda question: question.label["en"],
)
def test_a_good_wording_is_left_alone(question: Question) -> None:
    assert told(question) == []


def test_the_name_of_a_service_is_no_wording() -> None:
    services = select_multiple("used", a_choice("benefits", "Revenues and benefits"))
    one = rated("Revenues and benefits: how satisfied or dissatisfied are you?")

    assert told(one) == [(K.TWO_THINGS, ("Revenues", "benefits"))]
    assert not [hint for hint in hints(services, one) if hint.question == "q"]


def test_what_a_balance_is_counts_both_sides() -> None:
    found = hints(chosen("How was it?", "Excellent", "Very good", "Good", "Poor", "Not sure"))

    assert found == [Hint("q", K.UNBALANCED, number=3, limit=1)]


def test_asking_how_far_people_agree_is_told_once_for_all_questions() -> None:
    found = hints(
        scale("a", label={"en": "I am paid fairly"}, points=AGREE),
        scale("b", label={"en": "I like it"}, short_label={"en": "Liking"}, points=AGREE),
        scale("c", label={"en": "It was easy"}, points=AGREE, measures=("ease",)),
        rated("How satisfied or dissatisfied are you?"),
    )

    assert found == [Hint("", K.AGREEMENT, number=2, words=("I am paid fairly", "Liking"))]


def test_words_of_a_published_instrument_are_not_ours_to_change() -> None:
    wording = "I would always recommend ${organisation} as a great place to work and live"
    question = agreed(wording).model_copy(update={"required": True})
    form = a_questionnaire(question)

    assert len(review(form, "en").hints) > 3
    (left,) = review(form, "en", standard={wording}).hints

    assert left.kind is K.NO_WAY_OUT


def test_a_measure_says_how_its_question_is_answered() -> None:
    question = rated("Overall, how satisfied or dissatisfied are you?", required=True)

    assert told(question) == [(K.NO_WAY_OUT, ())]
    assert told(question.model_copy(update={"measures": ("satisfaction",)})) == []


def test_wording_is_judged_in_english_only_and_what_is_required_in_welsh_too() -> None:
    bad = {"en": "How excellent is our SLA and pay?", "cy": "Pa mor excellent yw SLA and pay?"}
    form = a_questionnaire(
        scale("q", label=bad, points=AGREE, required=True), languages=("en", "cy")
    )

    welsh = review(form, "cy")

    assert [hint.kind for hint in welsh.hints] == [K.AGREEMENT, K.NO_WAY_OUT]
    assert welsh.reading is None
