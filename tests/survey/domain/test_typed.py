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
SATISFACTION = scale(
    "satisfaction",
    points={
        1: {"en": "Very dissatisfied", "cy": "Anfodlon iawn"},
        2: {"en": "Dissatisfied", "cy": "Anfodlon"},
        3: {"en": "Neither satisfied nor dissatisfied", "cy": "Ddim yn fodlon nac yn anfodlon"},
        4: {"en": "Satisfied", "cy": "Bodlon"},
        5: {"en": "Very satisfied", "cy": "Bodlon iawn"},
    },
)
RECOMMEND = scale(
    "recommend",
    start=0,
    end=10,
    points={0: {"en": "Not at all likely"}, 10: {"en": "Extremely likely"}},
)
FIXED = select_one(
    "fixed",
    Choice(name="yes", label={"en": "Yes", "cy": "Do"}),
    Choice(name="no", label={"en": "No", "cy": "Naddo"}),
    Choice(name="unsure", label={"en": "Not sure", "cy": "Ddim yn siŵr"}),
)
ABLE = select_one("able", a_choice("cannot", "Can't say"), a_choice("has_not", "Hasn't come"))
YEARS = select_one("years", a_choice("first", "School year 1"), a_choice("other", "Another"))
QUESTIONS = (
    *(AGREEMENT, COUNT, HOURS, DAY, NOTE, WORKS, SERVICES),
    *(SATISFACTION, RECOMMEND, FIXED, ABLE, YEARS),
)
FORM = a_questionnaire(*QUESTIONS, languages=("en", "cy"))


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


IN_ENGLISH: list[tuple[Question, str, Value]] = [
    # numbers
    (AGREEMENT, "four", 4),
    (AGREEMENT, "Four.", 4),
    (AGREEMENT, "pedwar", 4),
    (AGREEMENT, "4/5", 4),
    (AGREEMENT, "4 out of 5", 4),
    (AGREEMENT, "four out of five", 4),
    (AGREEMENT, "4️⃣", 4),
    (AGREEMENT, "4⃣", 4),
    (RECOMMEND, "🔟", 10),
    (RECOMMEND, "1️⃣0️⃣", 10),
    (RECOMMEND, "8/10", 8),
    (RECOMMEND, "nought", 0),
    (RECOMMEND, "ten out of ten", 10),
    (COUNT, "seven", 7),
    (HOURS, "saith", 7),
    # how a label begins
    (AGREEMENT, "neither", 3),
    (AGREEMENT, "disag", 2),
    (AGREEMENT, "strongly a", 5),
    (AGREEMENT, "str dis", 1),
    (SATISFACTION, "v satisfied", 5),
    (SATISFACTION, "Very sat", 5),
    (FIXED, "not s", "unsure"),
    (SERVICES, "pay, hr", ("hr", "payroll")),
    # slips
    (AGREEMENT, "dissagree", 2),
    (AGREEMENT, "stongly agree", 5),
    (SATISFACTION, "disatisfied", 2),
    (SATISFACTION, "satisifed", 4),
    # yes and no
    *(
        (FIXED, typed, "yes")
        for typed in ("yes", "Y", "yep", "Yeah!", "ydw", "oes", "👍", "👍🏽", "✅")
    ),
    *(
        (FIXED, typed, "no")
        for typed in ("no", "n", "nope", "nac ydw", "naddo", "👎", "👎🏿", "👎👎")
    ),
    # faces
    *((SATISFACTION, typed, 5) for typed in ("😀", "😃", "😄", "😁😁")),
    (SATISFACTION, "🙂", 4),
    (SATISFACTION, "😐", 3),
    (SATISFACTION, "☹️", 2),
    (SATISFACTION, "🙁", 2),
    (SATISFACTION, "😡", 1),
]
IN_WELSH: list[tuple[Question, str, Value]] = [
    (AGREEMENT, "pedwar", 4),
    (AGREEMENT, "pump", 5),
    (AGREEMENT, "un", 1),
    (AGREEMENT, "four", 4),
    (AGREEMENT, "pedwar allan o bump", 4),
    (AGREEMENT, "4 o 5", 4),
    (RECOMMEND, "dim", 0),
    (RECOMMEND, "naw", 9),
    (RECOMMEND, "deg", 10),
    (SATISFACTION, "bodlon", 4),
    (SATISFACTION, "bodlon i", 5),
    (SATISFACTION, "ddim", 3),
    (SATISFACTION, "very satisfied", 5),
    (FIXED, "do", "yes"),
    (FIXED, "Ydw", "yes"),
    (FIXED, "ie", "yes"),
    (FIXED, "nac oes", "no"),
    (FIXED, "nage", "no"),
    (FIXED, "yep", "yes"),
    (FIXED, "ddim yn siwr", "unsure"),
]


@pytest.mark.parametrize(
    ("language", "question", "typed", "value"),
    [
        *(("en", *each) for each in IN_ENGLISH),
        *(("cy", *each) for each in IN_WELSH),
    ],
)
def test_what_people_type_instead_of_a_label_is_understood(
    language: str, question: Question, typed: str, value: Value
) -> None:
    assert read(question, typed, language) == value


@pytest.mark.parametrize(
    ("question", "typed"),
    [
        (AGREEMENT, "strongly"),
        (AGREEMENT, "ag"),
        (AGREEMENT, "👍"),
        (AGREEMENT, "😀"),
        (AGREEMENT, "yes"),
        (AGREEMENT, "4/10"),
        (AGREEMENT, "4 or 5"),
        (AGREEMENT, "un"),
        (SATISFACTION, "very"),
        (SATISFACTION, "v"),
        (SATISFACTION, "👍"),
        (SATISFACTION, "😭"),
        (SATISFACTION, "😀😡"),
        (RECOMMEND, "naw"),
        (RECOMMEND, "extremely"),
        (RECOMMEND, "😀"),
        (FIXED, "👍👎"),
        (FIXED, "ok"),
        (FIXED, "yes and no"),
        (ABLE, "can"),
        (ABLE, "has"),
        (ABLE, "yes"),
        (YEARS, "school year 2"),
        (SERVICES, "hr, something"),
    ],
)
def test_what_could_mean_two_things_or_none_is_never_guessed(
    question: Question, typed: str
) -> None:
    with pytest.raises(AnswerRejected) as caught:
        read(question, typed)

    assert caught.value.reason == Reason.NOT_A_CHOICE


@st.composite
def _beginnings(draw: st.DrawFn, label: str) -> str:
    """The first few words, each cut somewhere."""
    words = label.split()
    count = draw(st.integers(1, len(words)))
    return " ".join(word[: draw(st.integers(1, len(word)))] for word in words[:count])


_LABELLED = [
    (question, label)
    for question in (AGREEMENT, SATISFACTION)
    for label in question.points.values()
]


@given(
    st.sampled_from(_LABELLED).flatmap(
        lambda each: st.tuples(st.just(each[0]), _beginnings(each[1]["en"]))
    )
)
def test_a_beginning_is_taken_only_where_no_other_label_begins_so(
    typed: tuple[Question, str],
) -> None:
    question, text = typed
    begun = {
        point
        for point, label in question.points.items()
        if all(
            word.startswith(part)
            for part, word in zip(folded(text).split(), folded(label["en"]).split(), strict=False)
        )
        and len(text.split()) <= len(label["en"].split())
    }
    exact = {p for p, label in question.points.items() if folded(label["en"]) == folded(text)}

    try:
        understood = read(question, text)
    except AnswerRejected:
        assert len(begun) > 1 or len(text.replace(" ", "")) < 3
    else:
        assert {understood} == (exact or begun)


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


SIGNS = st.sampled_from(["👍", "👎", "😀", "😡", "🏽", "️", "⃣", "1", "0", "/", " o ", "yes", "pum"])


@given(
    st.sampled_from(QUESTIONS),
    st.text() | st.lists(SIGNS, max_size=5).map("".join),
)
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
