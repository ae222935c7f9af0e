import pytest

from survey.domain.comparing import compare
from survey.domain.questionnaire import Privacy, Question, Questionnaire

RATING: dict[str, object] = {
    "name": "rating",
    "type": "scale",
    "start": 1,
    "end": 5,
    "points": {1: {"en": "Low"}, 5: {"en": "High"}},
    "label": {"en": "How good?"},
    "measures": ("satisfaction",),
}
A: dict[str, object] = {"name": "a", "label": {"en": "A"}}
B: dict[str, object] = {"name": "b", "label": {"en": "B"}}
CHOSEN: dict[str, object] = {
    "name": "chosen",
    "type": "select_one",
    "label": {"en": "Which?"},
    "choices": (A, B),
}


def form(*questions: dict[str, object]) -> Questionnaire:
    return Questionnaire(
        key="pulse",
        title={"en": "Pulse"},
        purpose={"en": "To learn."},
        privacy=Privacy.CONFIDENTIAL,
        questions=tuple(Question.model_validate(question) for question in questions),
    )


def changes(old: Questionnaire, new: Questionnaire) -> dict[str, str]:
    return {change.question: change.what for change in compare(old, new)}


def test_the_same_questionnaire_has_no_changes() -> None:
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
        (CHOSEN, {"choices": (A,)}, "choices changed"),
        (
            CHOSEN,
            {"choices": ({"name": "a", "label": {"en": "Z"}}, B)},
            "choices changed",
        ),
    ],
)
def test_a_change_that_may_change_the_figures_is_named(
    question: dict[str, object], update: dict[str, object], what: str
) -> None:
    assert changes(form(question), form(question | update)) == {str(question["name"]): what}


@pytest.mark.parametrize(
    "update",
    [
        {"label": {"en": "How  good?\n"}},
        {"label": {"en": "How good?", "cy": "Pa mor dda?"}},
        {"short_label": {"en": "Rating"}},
        {"required_message": {"en": "Rate it"}},
    ],
)
def test_layout_a_new_translation_and_short_labels_change_nothing(
    update: dict[str, object],
) -> None:
    assert compare(form(RATING), form(RATING | update)) == []


def test_the_order_of_questions_and_choices_changes_nothing() -> None:
    turned = CHOSEN | {"choices": (B, A)}

    assert compare(form(RATING, CHOSEN), form(turned, RATING)) == []


def test_added_and_removed_questions_are_named() -> None:
    assert changes(form(RATING), form(CHOSEN)) == {
        "chosen": "the question was added",
        "rating": "the question was removed",
    }
