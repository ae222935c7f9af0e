import pytest
from pydantic import JsonValue

from survey.domain.comparing import compare
from survey.domain.questionnaire import Question, Questionnaire

RATING = {
    "name": "rating",
    "type": "scale",
    "start": 1,
    "end": 5,
    "points": {1: {"en": "Low"}, 5: {"en": "High"}},
    "label": {"en": "How good?"},
    "measures": ("satisfaction",),
}
CHOSEN = {
    "name": "chosen",
    "type": "select_one",
    "label": {"en": "Which?"},
    "choices": ({"name": "a", "label": {"en": "A"}}, {"name": "b", "label": {"en": "B"}}),
}


def form(*questions: dict[str, JsonValue]) -> Questionnaire:
    return Questionnaire(
        key="pulse",
        title={"en": "Pulse"},
        purpose={"en": "To learn."},
        privacy="confidential",
        questions=tuple(Question.model_validate(question) for question in questions),
    )


def changes(old: Questionnaire, new: Questionnaire) -> dict[str, str]:
    return {change.question: change.what for change in compare(old, new)}


def test_the_same_questionnaire_has_no_changes():
    assert compare(form(RATING, CHOSEN), form(RATING, CHOSEN)) == []


@pytest.mark.parametrize(
    ("question", "update", "what"),
    [
        (RATING, {"label": {"en": "How bad?"}}, "label changed"),
        (RATING, {"hint": {"en": "Say."}}, "hint changed"),
        (RATING, {"end": 7}, "scale changed"),
        (RATING, {"points": {1: {"en": "Low"}, 5: {"en": "Top"}}}, "scale changed"),
        (RATING, {"points": {1: {"en": "Low"}}}, "scale changed"),
        (RATING, {"relevant": "1 = 1"}, "relevant changed"),
        (RATING, {"required": True}, "required changed"),
        (RATING, {"constraint": ". > 1"}, "constraint changed"),
        (RATING, {"measures": ()}, "measures changed"),
        (RATING, {"service": "hr"}, "service changed"),
        (RATING, {"type": "integer"}, "type changed"),
        (
            RATING,
            {"type": "integer", "end": 9, "required": True},
            "type, scale and required changed",
        ),
        (CHOSEN, {"choices": CHOSEN["choices"][:1]}, "choices changed"),
        (
            CHOSEN,
            {"choices": ({"name": "a", "label": {"en": "Z"}}, CHOSEN["choices"][1])},
            "choices changed",
        ),
    ],
)
def test_a_change_that_may_change_the_figures_is_named(question, update, what):
    assert changes(form(question), form(question | update)) == {question["name"]: what}


@pytest.mark.parametrize(
    "update",
    [
        {"label": {"en": "How  good?\n"}},
        {"label": {"en": "How good?", "cy": "Pa mor dda?"}},
        {"short_label": {"en": "Rating"}},
        {"required_message": {"en": "Rate it"}},
    ],
)
def test_layout_a_new_translation_and_short_labels_change_nothing(update):
    assert compare(form(RATING), form(RATING | update)) == []


def test_the_order_of_questions_and_choices_changes_nothing():
    turned = CHOSEN | {"choices": CHOSEN["choices"][::-1]}

    assert compare(form(RATING, CHOSEN), form(turned, RATING)) == []


def test_added_and_removed_questions_are_named():
    assert changes(form(RATING), form(CHOSEN)) == {
        "chosen": "the question was added",
        "rating": "the question was removed",
    }
