"""Reports as questionnaires: what they have to ask, files, systems, and what is read."""

from datetime import date
from uuid import uuid4

import pytest

from survey.domain.answer_schema import answer_schema
from survey.domain.answers import accept, from_json
from survey.domain.cases import CaseKind, Effect, Priority
from survey.domain.checking import check_file
from survey.domain.conversation import begin, step
from survey.domain.drafts import from_bytes, to_bytes
from survey.domain.expansion import expand
from survey.domain.form import Form
from survey.domain.loading import read
from survey.domain.questionnaire import MOST_FILES, Question, Questionnaire, QuestionType
from survey.domain.records import Service
from survey.domain.reporting import reported
from survey.domain.turns import (
    Attach,
    Moment,
    Put,
    QuestionTurn,
    ReviewTurn,
    Skip,
    Start,
    State,
    UnitCandidate,
)
from survey.domain.typed import from_text
from survey.errors import AnswerRejected
from survey.questionnaires import library

TEXT = library.shipped()["problem-report"]
SERVICES = (
    Service(
        "payroll", "Payroll", systems=("PayDay", "An old system with a name that no button holds")
    ),
    Service("hr", "HR"),
)
MOMENT = Moment(date(2026, 5, 14), "Barnet Council")
OAKFIELD = UnitCandidate("oakfield", "Oakfield Primary School")
FILES = Question(name="files", type=QuestionType.FILE)


def faults(text: str) -> list[str]:
    found = check_file(text, name="x.yaml", services=SERVICES, blocks={})
    return [fault.code for fault in found]


def the_form() -> Form:
    return Form.compile(expand(read(TEXT, name="x").questionnaire, services=SERVICES, blocks={}))


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("becomes: case\n", "", "no_case"),
        ("privacy: attributed", "privacy: confidential", "case_privacy"),
        ("privacy: attributed", "privacy: attributed\nservice_question: service", "case_measures"),
        ("name: happened", "name: text", "case_question"),
        ("name: broken, label", "name: smashed, label", "case_question"),
        ("    for_each: service\n", "", "no_services"),
        ("  - name: email\n    type: text", "  - name: email\n    type: file", "files_twice"),
        (
            "questions:\n",
            "lists: {systems: [{name: a, label: {en: A, cy: A}}]}\nquestions:\n",
            "reserved_name",
        ),
    ],
)
def test_what_keeps_answers_from_becoming_a_case_is_said(
    before: str, after: str, code: str
) -> None:
    assert faults(TEXT) == []
    assert code in faults(TEXT.replace(before, after, 1))


def test_a_measure_means_nothing_in_a_report() -> None:
    with_measure = TEXT.replace("name: effect", "name: effect\n    measures: [ease]", 1)

    assert "case_measures" in faults(with_measure)


def test_systems_are_asked_for_where_the_service_has_some() -> None:
    form = the_form().questionnaire
    asked = [each for each in form.questions if each.name.startswith("system")]

    assert [each.name for each in asked] == ["system_payroll"]
    labels = [choice.label["en"] for choice in asked[0].closed_choices]
    assert labels == list(SERVICES[0].systems)
    assert asked[0].relevant == "selected(${service}, 'payroll')"


# --- files ---


def test_files_are_ids_each_once_in_their_order() -> None:
    one, other = str(uuid4()), str(uuid4())

    assert accept(FILES, (one, other, one)) == (one, other)
    assert accept(FILES, ()) is None
    assert from_json(FILES, [one]) == (one,)


@pytest.mark.parametrize("value", ["a", ("a",), 3, ("../../x",)])
def test_what_is_no_id_is_no_file(value: object) -> None:
    with pytest.raises(AnswerRejected) as refused:
        accept(FILES, value)  # type: ignore[arg-type]

    assert refused.value.reason == "not_a_file"


def test_more_than_ten_files_are_too_many() -> None:
    with pytest.raises(AnswerRejected) as refused:
        accept(FILES, tuple(str(uuid4()) for _ in range(MOST_FILES + 1)))

    assert (refused.value.reason, refused.value.limit) == ("too_many_files", "10")


def test_a_text_is_no_file(the_questionnaire: Questionnaire) -> None:
    with pytest.raises(AnswerRejected) as refused:
        from_text(FILES, "see photo", "en", the_questionnaire)

    assert refused.value.reason == "not_a_file"


@pytest.fixture
def the_questionnaire() -> Questionnaire:
    return the_form().questionnaire


def test_the_schema_of_answers_knows_files() -> None:
    schema = answer_schema(the_form().questionnaire)

    assert schema["properties"]["files"]["maxItems"] == MOST_FILES


def begun(form: Form) -> State:
    state = begin(form, language="en", unit=OAKFIELD)
    return step(form, state, Start(), MOMENT).state


def test_a_file_is_added_wherever_the_person_is_and_they_stay_there() -> None:
    form, photo = the_form(), str(uuid4())

    sprint = step(form, begun(form), Attach(photo), MOMENT)

    assert isinstance(sprint.turn, QuestionTurn)
    assert sprint.turn.name == "service"
    assert sprint.state.answers["files"] == (photo,)


def test_a_file_answers_the_question_for_files_and_another_is_added_to_it() -> None:
    form, photo, other = the_form(), str(uuid4()), str(uuid4())
    state = begun(form)
    for input_ in (
        Put("service", "hr"),
        Put("kind", "other"),
        Put("happened", "It is slow"),
        Put("effect", "slows"),
        Attach(photo),
        Skip("email"),
        Attach(other),
    ):
        sprint = step(form, state, input_, MOMENT)
        state = sprint.state

    assert isinstance(sprint.turn, ReviewTurn)
    assert state.answers["files"] == (photo, other)
    line = next(each for each in sprint.turn.lines if each.question == "files")
    assert (line.shown, line.files) == ("2", True)


def test_an_eleventh_file_is_refused_and_the_ten_stay() -> None:
    form = the_form()
    state = begun(form)
    for _ in range(MOST_FILES + 1):
        sprint = step(form, state, Attach(str(uuid4())), MOMENT)
        state = sprint.state

    assert len(state.answers["files"]) == MOST_FILES  # type: ignore[arg-type]
    assert isinstance(sprint.turn, QuestionTurn)
    assert sprint.turn.problem is not None
    assert sprint.turn.problem.code == "too_many_files"


def test_a_draft_keeps_who_reports_and_what_they_may_choose() -> None:
    form = the_form()
    state = begin(form, language="en")
    state = State(
        state.questionnaire, 1, "cy", offers=(OAKFIELD,), reporter="person:1", answers={"a": ("x",)}
    )

    assert from_bytes(to_bytes(state)) == state


# --- what is read ---

ANSWERS = {
    "service": "payroll",
    "system_payroll": "system-1",
    "kind": "figures",
    "figure_shown": "1204",
    "happened": "Numbers differ",
    "effect": "unpaid",
}


def test_what_was_answered_is_what_the_case_says() -> None:
    said = reported(the_form().questionnaire, 3, ANSWERS)

    assert (said.service, said.system) == ("payroll", "PayDay")
    assert (said.kind, said.effect) == (CaseKind.FIGURES, Effect.UNPAID)
    assert (said.priority, said.restricted) == (Priority.URGENT, False)
    assert said.first.data["answers"]["figure_shown"] == "1204"
    assert "happened" not in said.first.data["answers"]


def test_staff_are_told_which_numbers_a_text_has_before_they_open_it() -> None:
    said = reported(the_form().questionnaire, 1, ANSWERS | {"happened": "NI is AB123456C"})

    assert said.first.data["identifiers"] == ["national_insurance"]


def test_words_of_danger_anywhere_make_it_urgent_and_for_few() -> None:
    """B20: routed by rule."""
    said = reported(the_form().questionnaire, 1, ANSWERS | {"figure_shown": "suicidal"})

    assert (said.priority, said.restricted) == (Priority.URGENT, True)
