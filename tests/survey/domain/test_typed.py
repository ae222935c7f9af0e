from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.answers import Reason, accept
from survey.domain.expressions import Value
from survey.domain.questionnaire import Choice, Question
from survey.domain.typed import folded, from_text
from survey.errors import AnswerRejected
from tests.survey.domain.making import (
    AGREE,
    a_choice,
    a_question,
    a_questionnaire,
    scale,
    select_multiple,
    select_one,
    text,
)

AGREEMENT = scale("agreement", points=AGREE)
COUNT = a_question("count", "integer", start=0)
HOURS = a_question("hours", "decimal")
DAY = a_question("day", "date")
NOTE = text("note")
WORKS = select_one(
    "works",
    Choice(
        name="yes", label={"en": "Yes, always", "cy": "Ydy, bob tro"}, short_label={"en": "Yes"}
    ),
    Choice(name="cafe", label={"en": "Only in the café"}),
    Choice(name="ie", label={"en": "I don’t know", "cy": "Nac ydy"}),
)
SERVICES = select_multiple(
    "services",
    a_choice("hr", "HR"),
    a_choice("payroll", "Payroll"),
    a_choice("both", "English, Welsh"),
    a_choice("none", "None of these", exclusive=True),
)
FORM = a_questionnaire(AGREEMENT, COUNT, HOURS, DAY, NOTE, WORKS, SERVICES, languages=("en", "cy"))


def read(question: Question, typed: str, language: str = "en") -> Value:
    return from_text(question, typed, language, FORM)


@pytest.mark.parametrize(
    ("question", "typed", "value"),
    [
        (AGREEMENT, "4", 4),
        (AGREEMENT, "agree", 4),
        (AGREEMENT, " STRONGLY  AGREE. ", 5),
        (AGREEMENT, "cytuno'n gryf", 5),
        (AGREEMENT, "Cytuno’n gryf", 5),
        (WORKS, "yes", "yes"),
        (WORKS, "Yes, always", "yes"),
        (WORKS, "ydy, bob tro", "yes"),
        (WORKS, "only in the cafe", "cafe"),
        (WORKS, "i don't know", "ie"),
        (SERVICES, "hr", ("hr",)),
        (SERVICES, "Payroll, HR", ("hr", "payroll")),
        (SERVICES, "payroll\npayroll", ("payroll",)),
        (SERVICES, "English, Welsh", ("both",)),
        (COUNT, "1,000", 1000),
        (COUNT, "１２", 12),
        (COUNT, "٤", 4),
        (HOURS, "7.50", Decimal("7.50")),
        (HOURS, "-3", Decimal(-3)),
        (HOURS, "-0.0", Decimal("0.0")),
        (DAY, "2026-03-07", date(2026, 3, 7)),
        (DAY, "7/3/2026", date(2026, 3, 7)),
        (DAY, "07.03.2026", date(2026, 3, 7)),
        (NOTE, " The rota… ", " The rota… "),
        *((question, " \u200b", None) for question in (AGREEMENT, WORKS, SERVICES, COUNT, NOTE)),
    ],
)
def test_what_is_typed_is_understood_when_it_can_mean_one_thing(
    question: Question, typed: str, value: Value
) -> None:
    understood = read(question, typed)

    assert understood == value
    assert type(understood) is type(value)


@pytest.mark.parametrize(
    ("question", "typed", "reason"),
    [
        (AGREEMENT, "dunno", Reason.NOT_A_CHOICE),
        (AGREEMENT, "6", Reason.TOO_HIGH),
        (AGREEMENT, "0", Reason.TOO_LOW),
        (AGREEMENT, "4.5", Reason.NOT_WHOLE),
        (AGREEMENT, "...", Reason.NOT_A_CHOICE),
        (WORKS, "maybe", Reason.NOT_A_CHOICE),
        (SERVICES, "hr, lunch", Reason.NOT_A_CHOICE),
        (SERVICES, ",", Reason.NOT_A_CHOICE),
        (SERVICES, "hr, none", Reason.EXCLUSIVE),
        (COUNT, "a few", Reason.NOT_A_NUMBER),
        (COUNT, "-1", Reason.TOO_LOW),
        (COUNT, "3,5", Reason.NOT_A_NUMBER),
        (COUNT, "9" * 30, Reason.NOT_A_NUMBER),
        (DAY, "31/2/2026", Reason.NOT_A_DATE),
        (DAY, "tomorrow", Reason.NOT_A_DATE),
    ],
)
def test_what_is_typed_is_refused_when_it_means_nothing_here(
    question: Question, typed: str, reason: Reason
) -> None:
    with pytest.raises(AnswerRejected) as caught:
        read(question, typed)

    assert caught.value.reason == reason


def test_a_label_that_two_choices_share_means_neither() -> None:
    twins = select_one("twins", a_choice("north", "St Mary’s"), a_choice("south", "St Mary's"))

    with pytest.raises(AnswerRejected):
        from_text(twins, "st mary's", "en", a_questionnaire(twins))


def test_the_persons_own_language_decides_between_labels_of_two_languages() -> None:
    crossed = select_one(
        "crossed",
        Choice(name="a", label={"en": "Pan", "cy": "Tap"}),
        Choice(name="b", label={"en": "Tap", "cy": "Pan"}),
    )
    form = a_questionnaire(crossed, languages=("en", "cy"))

    assert from_text(crossed, "pan", "en", form) == "a"
    assert from_text(crossed, "pan", "cy", form) == "b"


@given(st.text())
def test_folding_twice_is_folding_once(written: str) -> None:
    assert folded(folded(written)) == folded(written)


@given(st.sampled_from([AGREEMENT, COUNT, HOURS, DAY, NOTE, WORKS, SERVICES]), st.text())
def test_any_text_is_an_answer_or_is_refused_with_a_known_reason(
    question: Question, typed: str
) -> None:
    try:
        understood = read(question, typed)
    except AnswerRejected as refused:
        reason = refused.reason
    else:
        assert accept(question, understood) == understood
        return
    assert reason in set(Reason)
