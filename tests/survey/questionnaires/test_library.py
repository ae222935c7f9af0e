"""The shipped questionnaires keep the keys, scales and wordings that others rely on."""

import json
from datetime import date
from importlib.resources import files

import jsonschema  # type: ignore[import-untyped]
import pytest

from survey.domain.checking import check_file
from survey.domain.counting import count_rows
from survey.domain.document import parse
from survey.domain.expansion import expand
from survey.domain.expressions import Value
from survey.domain.form import Form
from survey.domain.loading import read, schema
from survey.domain.path import settle
from survey.domain.questionnaire import (
    PREFER_NOT_TO_SAY,
    Privacy,
    Question,
    Questionnaire,
    QuestionType,
    UnitRule,
)
from survey.domain.records import Response
from survey.questionnaires import library

SHIPPED = library.shipped()
BLOCKS = library.blocks()
SERVICES = library.services()
FORMS = {
    key: expand(read(text, name=key).questionnaire, services=SERVICES, blocks=BLOCKS)
    for key, text in SHIPPED.items()
} | dict(BLOCKS)
AGREE = {
    1: "Strongly disagree",
    2: "Disagree",
    3: "Neither agree nor disagree",
    4: "Agree",
    5: "Strongly agree",
}


def kind(question: Question) -> str:
    if question.type is QuestionType.SCALE:
        return f"{question.start}-{question.end}"
    names = {choice.name for choice in question.closed_choices}
    return "yes/no" if names == {"yes", "no"} else question.type.value


@pytest.mark.parametrize("key", [*SHIPPED, *BLOCKS])
def test_every_shipped_questionnaire_is_without_fault(key: str) -> None:
    text = files("survey.questionnaires").joinpath(f"{key}.yaml").read_bytes()

    assert check_file(text, name=f"{key}.yaml", services=SERVICES, blocks=BLOCKS) == []
    assert FORMS[key].key == key


PER_SERVICE = {f"satisfaction_{service.key}": "1-5" for service in SERVICES}


@pytest.mark.parametrize(
    ("key", "privacy", "unit", "questions", "required"),
    [
        (
            "people-pulse",
            Privacy.CONFIDENTIAL,
            UnitRule.ASK,
            dict.fromkeys(("pride", "advocacy", "attachment", "inspiration", "motivation"), "1-5")
            | {"leadership": "1-5", "workload": "1-5", "comment": "text"},
            set(),
        ),
        (
            "service-satisfaction",
            Privacy.CONFIDENTIAL,
            UnitRule.ASK,
            {
                "service": "select_one",
                "satisfaction": "1-5",
                "ease": "1-7",
                "resolved_first_time": "yes/no",
                "recommend": "0-10",
                "why": "text",
                "comment": "text",
            },
            {"service", "satisfaction"},
        ),
        (
            "school-service-check",
            Privacy.ATTRIBUTED,
            UnitRule.ASK,
            {"services_used": "select_multiple"}
            | PER_SERVICE
            | {"biggest_problem": "text", "may_contact": "yes/no"},
            {"services_used"},
        ),
        (
            "department-relationship",
            Privacy.ATTRIBUTED,
            UnitRule.ASK,
            {
                "satisfaction": "1-5",
                "recommend": "0-10",
                "confidence": "1-5",
                "communication": "1-5",
                "reports_useful": "1-5",
                "comment": "text",
            },
            {"satisfaction"},
        ),
        (
            "member-it",
            Privacy.ATTRIBUTED,
            UnitRule.FIXED,
            {
                "devices": "select_multiple",
                "satisfaction": "1-5",
                "email_works": "yes/no",
                "problem": "text",
            },
            {"devices"},
        ),
        (
            "before-a-change",
            Privacy.CONFIDENTIAL,
            UnitRule.ASK,
            {
                "told": "1-5",
                "tested": "1-5",
                "fits_needs": "1-5",
                "ready": "1-5",
                "worry": "text",
            },
            set(),
        ),
        (
            "problem-handling",
            Privacy.CONFIDENTIAL,
            UnitRule.ASK,
            {"service": "select_one", "handling": "1-5"},
            {"service", "handling"},
        ),
    ],
)
def test_keys_types_privacy_and_required_are_those_of_the_contract(
    key: str, privacy: Privacy, unit: UnitRule, questions: dict[str, str], required: set[str]
) -> None:
    form = FORMS[key]

    assert (form.privacy, form.unit) == (privacy, unit)
    assert {question.name: kind(question) for question in form.questions} == questions
    assert {question.name for question in form.questions if question.required} == required


def test_the_services_are_those_of_the_contract() -> None:
    first = ["hr", "payroll", "pensions", "finance", "it", "customer_services"]
    rest = ["revenues_benefits", "procurement", "estates", "parking", "other"]

    assert [service.key for service in SERVICES] == first + rest
    assert all(service.label.keys() == {"en", "cy"} for service in SERVICES)


@pytest.mark.parametrize(
    ("name", "wording"),
    [
        ("pride", "I am proud when I tell others I am part of ${organisation}"),
        ("advocacy", "I would recommend ${organisation} as a great place to work"),
        ("attachment", "I feel a strong personal attachment to ${organisation}"),
        ("inspiration", "${organisation} inspires me to do the best in my job"),
        ("motivation", "${organisation} motivates me to help it achieve its objectives"),
        (
            "leadership",
            "Overall, I have confidence in the decisions made by ${organisation}'s senior managers",
        ),
        ("workload", "I have an acceptable workload"),
    ],
)
def test_the_civil_service_items_keep_their_official_wording(name: str, wording: str) -> None:
    question = FORMS["people-pulse"].question(name)

    assert question.label["en"] == wording
    assert {point: text["en"] for point, text in question.points.items()} == AGREE


def test_the_civil_service_items_say_where_they_come_from() -> None:
    licence = FORMS["people-pulse"].licence

    assert licence is not None
    assert "Crown copyright" in licence
    assert "Open Government Licence v3.0" in licence


def bound(key: str) -> dict[str, tuple[str, ...]]:
    return {each.name: each.measures for each in FORMS[key].questions if each.measures}


def test_measures_are_bound_where_the_contract_has_them() -> None:
    both = ("satisfaction", "net_satisfaction")
    five = ("pride", "advocacy", "attachment", "inspiration", "motivation")

    assert bound("people-pulse") == dict.fromkeys(five, ("engagement_index",))
    assert bound("service-satisfaction") == {
        "satisfaction": both,
        "ease": ("ease",),
        "resolved_first_time": ("first_contact_resolution",),
        "recommend": ("nps",),
    }
    assert bound("school-service-check") == dict.fromkeys(PER_SERVICE, both)
    assert bound("department-relationship") == {"satisfaction": both, "recommend": ("nps",)}
    assert bound("member-it") == {"satisfaction": both}
    assert bound("problem-handling") == {"handling": both}


def test_what_is_rated_is_known() -> None:
    assert FORMS["service-satisfaction"].service_question == "service"
    assert FORMS["problem-handling"].service_question == "service"
    assert FORMS["member-it"].question("satisfaction").service == "it"
    school = FORMS["school-service-check"]
    assert [school.question(name).service for name in PER_SERVICE] == [s.key for s in SERVICES]


def test_the_conditional_questions_are_asked_of_those_with_a_problem() -> None:
    assert FORMS["service-satisfaction"].question("why").relevant == "${satisfaction} <= 2"
    assert FORMS["member-it"].question("problem").relevant == "${email_works} = 'no'"


@pytest.mark.parametrize("key", SHIPPED)
def test_comments_ask_not_to_name_people_and_every_question_has_a_line_for_summaries(
    key: str,
) -> None:
    for question in FORMS[key].questions:
        assert question.short_label
        if question.type is QuestionType.TEXT and not FORMS[key].becomes_case:
            assert question.hint
            assert question.hint["en"] == "Please do not name people."


def test_before_what_happened_is_typed_a_report_asks_to_leave_other_people_out() -> None:
    asked = FORMS["problem-report"].question("happened")

    assert asked.hint is not None
    assert "leave out other people's names" in asked.hint["en"]


def test_a_report_asks_for_figures_only_where_a_report_does_not_match_the_data() -> None:
    form = FORMS["problem-report"]
    figures = [each for each in form.questions if each.name.startswith("figure_")]

    assert len(figures) == 4
    assert {each.relevant for each in figures} == {"${kind} = 'figures'"}
    assert form.becomes_case


@pytest.mark.parametrize("key", FORMS)
def test_welsh_is_there_marked_as_not_reviewed_and_is_not_the_english(key: str) -> None:
    form = FORMS[key]

    assert form.languages == ("en", "cy")
    assert form.unreviewed == ("cy",)
    for question in form.questions:
        if question.label:
            assert question.label["cy"] != question.label["en"]


def test_equality_begins_with_a_gate_and_everything_may_be_left_unsaid() -> None:
    block: Questionnaire = BLOCKS["equality"]
    gate, *rest = [question for question in block.questions if question.asks]

    assert gate.label["en"] == "May we ask a few questions about you? All are optional"
    assert not any(question.required for question in block.questions)
    for question in rest:
        assert question.relevant is not None
        assert PREFER_NOT_TO_SAY in {choice.name for choice in question.closed_choices}


def test_disability_is_counted_from_two_questions_and_never_asked_alone() -> None:
    block = BLOCKS["equality"]

    assert block.question("disability").type is QuestionType.CALCULATE
    assert block.question("disability").characteristic
    assert not block.question("health_condition").characteristic
    assert not block.question("daily_activities").characteristic


@pytest.mark.parametrize(
    ("answers", "category"),
    [
        ({"health_condition": "yes", "daily_activities": "a_lot"}, "yes"),
        ({"health_condition": "yes", "daily_activities": "a_little"}, "yes"),
        ({"health_condition": "yes", "daily_activities": "not_at_all"}, "no"),
        ({"health_condition": "no"}, "no"),
        ({"health_condition": "yes"}, None),
        ({"health_condition": "yes", "daily_activities": "prefer_not_to_say"}, None),
        ({"health_condition": "prefer_not_to_say"}, None),
        ({}, None),
    ],
)
def test_disability_is_a_margin_of_the_counts(
    answers: dict[str, Value], category: str | None
) -> None:
    answered, rejected = settle(
        Form.compile(BLOCKS["equality"]), {"about_you": "yes", **answers}, date(2026, 11, 22)
    )
    response = Response("equality", 1, 1, date(2026, 11, 1), "", "", "en", answered)
    counts = count_rows(BLOCKS["equality"], response)

    assert not rejected
    margins = {key.category for key in counts if key.dimension == "disability"}
    assert margins == ({category} if category else set())


@pytest.mark.parametrize("key", [*SHIPPED, *BLOCKS])
def test_every_shipped_file_fits_the_published_schema(key: str) -> None:
    text = files("survey.questionnaires").joinpath(f"{key}.yaml").read_bytes()

    jsonschema.validate(json.loads(json.dumps(parse(text, name=key).data)), schema())


def test_the_published_schema_refuses_an_unknown_word() -> None:
    text = SHIPPED["people-pulse"].replace("minutes: 2", "minuets: 2")

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(json.dumps(parse(text, name="x").data)), schema())


def test_the_schema_file_is_current() -> None:
    """Rewrite it with `tellback questionnaire schema` after a change of the format."""
    kept = files("survey.questionnaires").joinpath("questionnaire.schema.json").read_text("utf-8")

    assert json.loads(kept) == schema()
