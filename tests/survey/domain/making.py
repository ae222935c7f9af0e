"""Small questionnaires made by hand, for the tests of the engine."""

from datetime import date
from typing import Any

from survey.domain.form import Form
from survey.domain.questionnaire import Choice, Question, Questionnaire, QuestionType
from survey.domain.turns import Moment

TODAY = date(2026, 11, 20)
MOMENT = Moment(today=TODAY, organisation="Anytown Council")


def a_choice(name: str, label: str | None = None, **more: Any) -> Choice:
    return Choice(name=name, label={"en": label or name.replace("_", " ").capitalize()}, **more)


def a_question(name: str, type_: str, **more: Any) -> Question:
    more.setdefault("label", {"en": f"{name}?"})
    return Question(name=name, type=QuestionType(type_), **more)


def scale(name: str, **more: Any) -> Question:
    return a_question(name, "scale", **({"start": 1, "end": 5} | more))


def text(name: str, **more: Any) -> Question:
    return a_question(name, "text", **more)


def select_one(name: str, *choices: str | Choice, **more: Any) -> Question:
    return a_question(name, "select_one", choices=_made(choices), **more)


def select_multiple(name: str, *choices: str | Choice, **more: Any) -> Question:
    return a_question(name, "select_multiple", choices=_made(choices), **more)


def _made(choices: tuple[str | Choice, ...]) -> tuple[Choice, ...]:
    return tuple(c if isinstance(c, Choice) else a_choice(c) for c in choices)


def a_questionnaire(*questions: Question, **more: Any) -> Questionnaire:
    words: dict[str, Any] = {
        "key": "small",
        "title": {"en": "Small"},
        "purpose": {"en": "To test."},
        "privacy": "confidential",
        "unit": "none",
    }
    return Questionnaire.model_validate({**words, **more, "questions": questions})


def a_form(*questions: Question, **more: Any) -> Form:
    return Form.compile(a_questionnaire(*questions, **more), version=1)


AGREE = {
    5: {"en": "Strongly agree", "cy": "Cytuno'n gryf"},
    4: {"en": "Agree", "cy": "Cytuno"},
    3: {"en": "Neither agree nor disagree", "cy": "Ddim yn cytuno nac yn anghytuno"},
    2: {"en": "Disagree", "cy": "Anghytuno"},
    1: {"en": "Strongly disagree", "cy": "Anghytuno'n gryf"},
}
