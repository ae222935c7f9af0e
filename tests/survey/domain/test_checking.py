import time
from textwrap import dedent

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from survey.domain.checking import check, check_file
from survey.domain.expansion import expand
from survey.domain.loading import read
from survey.errors import Fault
from survey.questionnaires import library
from tests.survey.domain.test_loading import mutated

SERVICES, BLOCKS = library.services(), library.blocks()


class WithoutAnchors(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def both(text: str) -> dict[str, str]:
    return {"en": text, "cy": f"{text} (cy)"}


def choice(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "label": both(name), **more}


YES_NO = [choice("yes"), choice("no")]
ENDS: dict[str, object] = {"start": 1, "end": 5, "points": {1: both("Low"), 5: both("High")}}


def question(name: str, type_: str = "text", **more: object) -> dict[str, object]:
    return {"name": name, "type": type_, "label": both(name), **more}


def yes_no(name: str, **more: object) -> dict[str, object]:
    return question(name, "select_one", choices=YES_NO, **more)


def scale(name: str, **more: object) -> dict[str, object]:
    return question(name, "scale", **{**ENDS, **more})


def faults(*questions: dict[str, object], **fields: object) -> list[Fault]:
    whole = {
        "key": "pulse",
        "title": both("Pulse"),
        "purpose": both("To learn."),
        "privacy": "confidential",
        "languages": ["en", "cy"],
        "questions": list(questions),
    }
    text = yaml.dump(whole | fields, Dumper=WithoutAnchors)
    return check_file(text, name="pulse.yaml", services=SERVICES, blocks=BLOCKS)


def said(*questions: dict[str, object], **fields: object) -> list[tuple[str, str]]:
    """The code of each fault and the question that it names."""
    return [
        (fault.code, fault.path[2].removeprefix("question ") if len(fault.path) > 2 else "")
        for fault in faults(*questions, **fields)
    ]


def message(*questions: dict[str, object], **fields: object) -> str:
    (fault,) = faults(*questions, **fields)
    return fault.message


def test_a_sound_questionnaire_has_no_fault() -> None:
    assert said(yes_no("a"), question("b", relevant="${a} = 'no'")) == []


def test_every_fault_of_a_file_is_told_with_its_line_in_one_go() -> None:
    text = dedent("""\
        key: pulse
        title: {en: Pulse, cy: Pwls}
        purpose: {en: To learn.}
        privacy: confidential
        languages: [en, cy]
        questions:
          - name: pride
            type: scal
            label: {en: Proud, cy: Balch}
          - name: why
            type: text
            label: {en: Why?}
            relevant: ${prode} = 1 or ${pride} = 1
          - name: often
            type: integer
            label: {en: How often?, cy: Pa mor aml?}
            start: 0
            end: 3
            constraint: . > 3
          - name: often
            type: note
            required: true
            label: {en: Hello, cy: Helo}
        """)

    found = check_file(text, name="pulse.yaml", services=SERVICES, blocks=BLOCKS)

    assert [(fault.path, fault.code) for fault in found] == [
        (("pulse.yaml", "3"), "missing_translation"),
        (("pulse.yaml", "8", "question pride"), "unknown_value"),
        (("pulse.yaml", "12", "question why"), "missing_translation"),
        (("pulse.yaml", "13", "question why"), "unknown_name"),
        (("pulse.yaml", "19", "question often"), "unsatisfiable"),
        (("pulse.yaml", "20", "question often"), "repeated_name"),
        (("pulse.yaml", "22", "question often"), "misplaced"),
    ]
    assert found[3].message == "relevant: 'prode' is not a question"


# --- names in expressions ---


@pytest.mark.parametrize(
    ("field", "source", "code"),
    [
        ("relevant", "${frist} = 'yes'", "unknown_name"),
        ("relevant", "${later} = 1", "later_name"),
        ("relevant", "${here} = 1", "own_name"),
        ("relevant", ". = 1", "own_value"),
        ("relevant", "${read_me} = 1", "note_has_no_answer"),
        ("relevant", "${first} = 'yse'", "unknown_choice"),
        ("relevant", "not(selected(${first}, 'maybe'))", "unknown_choice"),
        ("relevant", "${first} == 'yes'", "expression"),
        ("relevant", "", "expression"),
        ("constraint", ". > ${later}", "later_name"),
        ("constraint", ". > ${frist}", "unknown_name"),
    ],
)
def test_an_expression_speaks_of_what_is_known_by_then(field: str, source: str, code: str) -> None:
    found = said(
        yes_no("first"),
        question("read_me", "note"),
        question("here", "integer", **{field: source}),
        question("later", "integer"),
    )

    assert found == [(code, "here")]


def test_a_constraint_may_name_its_own_question() -> None:
    assert said(question("n", "integer", constraint="${n} > 0 and . < 9")) == []


def test_the_name_or_choice_meant_is_suggested() -> None:
    assert message(yes_no("resolved"), question("b", relevant="${resolvd} = 'no'")) == (
        "relevant: 'resolvd' is not a question (did you mean 'resolved'?)"
    )
    assert message(
        question("s", "select_multiple", choices="services"),
        question("b", relevant="selected(${s}, 'payrol')"),
    ) == ("relevant: 'payrol' is not a choice of s (did you mean 'payroll'?)")


def test_a_constraint_on_the_own_choices_is_read_too() -> None:
    assert said(yes_no("a", constraint=". != 'maybe'")) == [("unknown_choice", "a")]


def test_calculations_that_lead_back_to_themselves_are_a_loop_at_each_of_them() -> None:
    found = faults(
        {"name": "a", "type": "calculate", "calculation": "${c} + 1"},
        {"name": "b", "type": "calculate", "calculation": "${a} + 1"},
        {"name": "c", "type": "calculate", "calculation": "${b} + 1"},
        {"name": "d", "type": "calculate", "calculation": "${d} + 1"},
    )

    assert [fault.code for fault in found] == ["loop"] * 4
    assert found[0].message == "calculation goes round in a loop: a → c → b → a"
    assert found[3].message == "calculation goes round in a loop: d → d"


def test_a_calculation_looks_back_only() -> None:
    assert said(
        {"name": "a", "type": "calculate", "calculation": "${n} + 1"}, question("n", "integer")
    ) == [("later_name", "a")]


def test_a_name_that_a_malformed_question_would_have_is_not_unknown() -> None:
    text = yaml.safe_dump(
        {
            "key": "pulse",
            "title": "Pulse",
            "purpose": "To learn.",
            "privacy": "confidential",
            "questions": [
                {"name": "used", "type": "select_multiple", "label": "?", "choices": "services"},
                {"name": "rating", "type": "scal", "label": "${choice}?", "for_each": "used"},
                {"name": "why", "type": "text", "label": "?", "relevant": "${rating_hr} < 2"},
            ],
        }
    )

    found = check_file(text, name="x", services=SERVICES, blocks=BLOCKS)

    assert [fault.code for fault in found] == ["unknown_value"]


def test_what_rests_on_a_malformed_question_list_or_scale_is_not_blamed_for_it() -> None:
    found = said(
        question("used", "select_multiple", choices="services", required="yes"),
        question("rating", for_each="used"),
        question("again", relevant="${rating_hr} = 1"),
        question("q", "select_one", choices="yn"),
        question("r", "scale", scale="agree"),
        question("sound"),
        lists={"yn": [{"name": "Yes", "label": both("Yes")}]},
        scales={"agree": {"start": 1}},
    )

    assert [code for code, _ in found] == ["bad_name", "wrong_shape", "missing"]


# --- what can never be ---


@pytest.mark.parametrize(
    "relevant",
    [
        "${rating} > 5",
        "${rating} = 'yes'",
        "${yn} = 'yes' and ${yn} = 'no'",
        "selected(${used}, 'hr') and count-selected(${used}) = 0",
        "${total} > 20",
        "1 = 2",
    ],
)
def test_a_question_that_nobody_can_reach_is_told(relevant: str) -> None:
    found = said(
        scale("rating"),
        yes_no("yn"),
        question("used", "select_multiple", choices=[choice("hr"), choice("it")]),
        {"name": "total", "type": "calculate", "calculation": "${rating} * 4"},
        question("here", relevant=relevant),
    )

    assert found == [("unreachable", "here")]


def test_reach_follows_the_conditions_of_the_questions_named() -> None:
    found = said(
        yes_no("a"),
        yes_no("b", relevant="${a} = 'yes'"),
        question("here", relevant="${a} = 'no' and ${b} = 'yes'"),
    )

    assert found == [("unreachable", "here")]


def test_a_required_question_is_never_unanswered_where_it_is_asked() -> None:
    assert said(yes_no("a", required=True), question("here", relevant="${a} = ''")) == [
        ("unreachable", "here")
    ]
    assert said(yes_no("a"), question("here", relevant="${a} = ''")) == []


@pytest.mark.parametrize(
    "relevant",
    [
        "${rating} >= 5",
        "${typed} = 'a' and ${typed} = 'b'",
        "today() > '2999-01-01'",
        "${yn} = ''",
        "count-selected(${many}) > 99",
    ],
)
def test_what_can_be_reached_or_cannot_be_decided_is_no_fault(relevant: str) -> None:
    many = [choice(f"c{number}") for number in range(14)]
    found = said(
        scale("rating"),
        yes_no("yn"),
        question("typed"),
        question("many", "select_multiple", choices=many),
        question("here", relevant=relevant),
    )

    assert found == []


@pytest.mark.parametrize(
    ("asked", "constraint", "codes"),
    [
        (question("n", "integer", start=1, end=9), ". > 9", ["unsatisfiable"]),
        (question("n", "integer", start=1, end=9), ". > 8", []),
        (question("n", "integer"), ". > 9 and . < 8", []),
        (scale("n"), ". = 3 and . = 4", ["unsatisfiable"]),
        (yes_no("n"), ". = 'no' and ${before} = 'maybe'", ["unknown_choice"]),
        (yes_no("n"), ". = 'no' and ${before} = 'yes'", []),
        (
            question("n", "select_multiple", choices=[*YES_NO, choice("none", exclusive=True)]),
            "selected(., 'none') and count-selected(.) > 1",
            ["unsatisfiable"],
        ),
    ],
)
def test_a_constraint_that_no_answer_satisfies_is_told(
    asked: dict[str, object], constraint: str, codes: list[str]
) -> None:
    found = said(yes_no("before"), asked | {"constraint": constraint})

    assert [code for code, _ in found] == codes


def test_many_questions_with_many_choices_are_judged_within_seconds() -> None:
    many = [choice(f"c{number}") for number in range(12)]
    condition = "count-selected(${many}) > 12 and ${n} != 1"
    began = time.perf_counter()

    found = said(
        question("many", "select_multiple", choices=many),
        question("n", "integer"),
        *(
            question(f"q{number}", relevant=f"{condition} and 1 = {number}")
            for number in range(190)
        ),
    )

    assert found == []
    assert time.perf_counter() - began < 10


# --- texts ---


@pytest.mark.parametrize(
    ("asked", "fields", "code"),
    [
        (question("a") | {"label": {"en": "x"}}, {}, "missing_translation"),
        (question("a") | {"label": {"en": "x", "cy": "  "}}, {}, "missing_translation"),
        ({"name": "a", "type": "text"}, {}, "missing_translation"),
        (question("a", hint={"en": "x"}), {}, "missing_translation"),
        (question("a", required_message={"cy": "x"}), {}, "missing_translation"),
        (
            question("a", "select_one", choices=[{"name": "x", "label": {"en": "X"}}]),
            {},
            "missing_translation",
        ),
        (scale("a", points={1: both("Low"), 5: {"en": "High"}}), {}, "missing_translation"),
        (question("a"), {"purpose": {"en": "To learn."}}, "missing_translation"),
        (question("a"), {"asked_by": {"en": "People team"}}, "missing_translation"),
        (question("a", hint=both("x") | {"fr": "x"}), {}, "undeclared_language"),
        (question("a"), {"unreviewed": ["fr"]}, "undeclared_language"),
        (
            question("a", hint={"en": "${organisation}", "cy": "ni"}),
            {},
            "placeholders_differ",
        ),
        (question("a", hint=both("${organisation")), {}, "template"),
        (question("a", required_message=both("${organisation}")), {}, "placeholder_not_filled"),
        (question("a", hint=both("${nobody}")), {}, "unknown_name"),
        (question("a", hint=both("${b}")), {}, "later_name"),
        (question("a", hint=both("${a}")), {}, "own_name"),
        (question("a", hint=both("${choice}")), {}, "unknown_name"),
        (question("a"), {"title": both("${b}")}, "unknown_name"),
        (yes_no("a") | {"choices": [choice("yes", short_label=both("x" * 41))]}, {}, "long_button"),
        (yes_no("a") | {"choices": [choice("y") | {"label": both("x" * 41)}]}, {}, "long_button"),
        (scale("a", points={1: both("x" * 41), 5: both("High")}), {}, "long_button"),
    ],
)
def test_a_text_is_whole_in_every_language(
    asked: dict[str, object], fields: dict[str, object], code: str
) -> None:
    assert {found for found, _ in said(asked, question("b"), **fields)} == {code}


def test_a_missing_translation_is_told_in_words() -> None:
    assert message(question("a") | {"label": {"en": "x"}}) == "label has no text in 'cy': add it"


def test_a_long_choice_with_a_short_label_is_fine() -> None:
    asked = choice("y", short_label=both("y")) | {"label": both("x" * 41)}

    assert said(question("a", "select_one", choices=[asked])) == []


def test_the_text_of_a_shared_list_is_told_once_at_its_line() -> None:
    found = faults(
        question("a", "select_one", choices="yn"),
        question("b", "select_one", choices="yn"),
        lists={"yn": [choice("yes"), {"name": "no", "label": {"en": "No"}}]},
    )

    assert [(fault.code, fault.message) for fault in found] == [
        ("missing_translation", "choice no: label has no text in 'cy': add it")
    ]


# --- shape ---


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (question("unit"), "reserved_name"),
        (question("organisation"), "reserved_name"),
        (question("engagement_index"), "reserved_name"),
        (question("a", "select_one"), "no_choices"),
        (question("a", "select_multiple", choices=[]), "no_choices"),
        (question("a", "select_one", choices=[choice("x"), choice("x")]), "repeated_choice"),
        (question("a", "select_one", choices=[choice("x", exclusive=True)]), "exclusive"),
        (
            question("a", "select_multiple", choices=[choice("x"), choice("prefer_not_to_say")]),
            "exclusive",
        ),
        (
            question("a", "select_one", choices=[choice("other")], or_other=True),
            "repeated_choice",
        ),
        (question("a", choices=YES_NO), "misplaced"),
        (question("a", or_other=True), "misplaced"),
        (question("a", "date", max_length=9), "misplaced"),
        (question("a", start=1), "misplaced"),
        (question("a", calculation="1"), "misplaced"),
        (question("a", "note", required=True), "misplaced"),
        (question("a", "note", constraint="1 = 1"), "misplaced"),
        (question("a", characteristic=True), "misplaced"),
        (question("a", "calculate"), "no_calculation"),
        (question("a", constraint_message=both("x")), "no_constraint"),
        (question("a", "scale"), "no_scale"),
        (scale("a", end=None), "no_scale"),
        (scale("a", start=5, end=5), "start_after_end"),
        (scale("a", start=9), "start_after_end"),
        (question("a", "integer", start=3, end=2), "start_after_end"),
        (scale("a", end=12), "wide_scale"),
        (scale("a", points={}), "bare_ends"),
        (scale("a", points={1: both("Low")}), "bare_ends"),
        (scale("a", points={n: both("x") for n in (1, 3, 5)}), "some_points"),
        (scale("a", points={n: both("x") for n in (1, 5, 6)}), "point_off_scale"),
    ],
)
def test_a_question_has_what_its_type_needs(asked: dict[str, object], code: str) -> None:
    assert said(asked) == [(code, asked["name"])]


def test_a_question_cannot_have_a_scale_by_name_and_points_of_its_own() -> None:
    named = {"agree": ENDS}

    assert said(question("a", "scale", scale="agree", start=1), scales=named) == [
        ("misplaced", "a")
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"languages": ["en", "cy", "en"]}, "repeated_language"),
        ({"lists": {"services": YES_NO}}, "reserved_name"),
        ({"lists": {"yn": [*YES_NO, choice("no")]}}, "repeated_choice"),
        ({"scales": {"s": {"start": 2, "end": 1}}}, "start_after_end"),
        ({"service_question": "b"}, "unknown_name"),
        ({"service_question": "a"}, "unfit_service_question"),
        ({"privacy": "anonymous", "unit": "fixed"}, "unit_not_anonymous"),
        ({"privacy": "attributed", "append": ["equality"]}, "block_needs_privacy"),
        ({"append": ["nobody"]}, "unknown_block"),
    ],
)
def test_the_questionnaire_itself_is_sound(fields: dict[str, object], code: str) -> None:
    assert said(question("a"), **fields) == [(code, "")]


def test_a_name_that_expansion_makes_twice_is_told_where_it_is_made() -> None:
    asked = question("a", "select_one", choices=YES_NO, or_other=True)

    assert said(asked, question("a_other")) == [("repeated_name", "a")]
    assert said(question("about_you"), append=["equality"]) == [("repeated_name", "")]


def test_what_is_wrong_with_a_repeated_question_is_told_once_at_its_own_line() -> None:
    found = faults(
        question("used", "select_multiple", choices="services"),
        question("rating", for_each="used", relevant="${usde} = 1"),
    )

    assert [(fault.code, fault.path[2]) for fault in found] == [("unknown_name", "question rating")]


def test_too_many_questions_after_expansion_are_told() -> None:
    used = question("used", "select_multiple", choices="services")
    each = [question(f"r{number}", for_each="used") for number in range(20)]

    assert said(used, *each) == [("too_many", "")]


# --- measures and services ---

FIVE = [scale(f"q{number}", measures=["engagement_index"]) for number in range(5)]


def wide(name: str, start: int, end: int, measure: str) -> dict[str, object]:
    points = {start: both("Low"), end: both("High")}
    return scale(name, start=start, end=end, points=points, measures=[measure])


@pytest.mark.parametrize(
    "questions",
    [
        FIVE,
        [wide("a", 1, 5, "satisfaction"), wide("b", 1, 5, "net_satisfaction")],
        [wide("a", 0, 10, "nps"), wide("b", 1, 7, "ease")],
        [yes_no("a", measures=["first_contact_resolution"])],
        [
            question(
                "a",
                "select_one",
                choices=[*YES_NO, choice("prefer_not_to_say")],
                measures=["first_contact_resolution"],
            )
        ],
        [
            scale("a", service="hr", measures=["satisfaction"]),
            scale("b", service="it", measures=["satisfaction"]),
        ],
    ],
)
def test_a_measure_fits_the_answers_that_it_scores(questions: list[dict[str, object]]) -> None:
    assert said(*questions) == []


@pytest.mark.parametrize(
    ("questions", "code"),
    [
        (FIVE[:4], "engagement_items"),
        ([*FIVE, scale("q5", measures=["engagement_index"])], "engagement_items"),
        ([*FIVE[:4], wide("q4", 1, 7, "engagement_index")], "unfit_measure"),
        ([scale("a", measures=["satisfied"])], "unknown_measure"),
        ([wide("a", 1, 7, "satisfaction")], "unfit_measure"),
        ([wide("a", 1, 7, "net_satisfaction")], "unfit_measure"),
        ([wide("a", 1, 10, "nps")], "unfit_measure"),
        ([wide("a", 1, 5, "ease")], "unfit_measure"),
        ([wide("a", 0, 1, "first_contact_resolution")], "unfit_measure"),
        ([question("a", "integer", start=1, end=5, measures=["satisfaction"])], "unfit_measure"),
        (
            [
                question(
                    "a",
                    "select_one",
                    choices=[*YES_NO, choice("partly")],
                    measures=["first_contact_resolution"],
                )
            ],
            "unfit_measure",
        ),
        ([question("a", measures=["nps"])], "misplaced"),
        ([wide("a", 0, 10, "nps"), wide("b", 0, 10, "nps")], "measure_twice"),
        ([scale("a", service="payrol")], "unknown_service"),
    ],
)
def test_a_measure_or_service_that_does_not_fit_is_told(
    questions: list[dict[str, object]], code: str
) -> None:
    assert code in {found for found, _ in said(*questions)}


def test_a_malformed_item_of_the_engagement_index_is_one_fault_and_hides_no_other() -> None:
    malformed = scale("q4", measures=["engagement_index"], start="low")
    other = scale("q5", measures=["satisfied"])

    assert [code for code, _ in said(*FIVE[:4], malformed, other)] == [
        "wrong_shape",
        "unknown_measure",
    ]


def test_what_a_measure_needs_is_said() -> None:
    assert message(wide("a", 1, 5, "nps")) == "nps needs a scale from 0 to 10"
    assert message(question("a", "date", measures=["first_contact_resolution"])) == (
        "first_contact_resolution needs a select_one with the choices yes and no"
    )


def test_the_service_rated_is_asked_with_the_list_of_services() -> None:
    asked = question("which", "select_one", choices="services")

    assert said(asked, service_question="which") == []


def test_a_characteristic_is_never_asked_where_answers_are_attributed() -> None:
    assert said(yes_no("a", characteristic=True), privacy="attributed") == [("characteristic", "a")]


# --- the whole ---


@pytest.mark.parametrize("key", [*library.shipped(), *library.blocks()])
def test_an_expanded_questionnaire_is_judged_like_the_written_one(key: str) -> None:
    written = {**{k: read(v, name=k).questionnaire for k, v in library.shipped().items()}, **BLOCKS}
    form = expand(written[key], services=SERVICES, blocks=BLOCKS)

    assert check(form, services=SERVICES, blocks={}) == []


def test_without_a_file_a_fault_names_the_questionnaire_and_the_question() -> None:
    form = read(library.shipped()["people-pulse"], name="x").questionnaire
    broken = form.model_copy(
        update={"questions": (form.questions[0].model_copy(update={"relevant": "${x} = 1"}),)}
    )

    found = check(broken, services=SERVICES, blocks=BLOCKS)

    assert found[0].path == ("people-pulse", "question pride")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_a_mutated_questionnaire_is_judged_and_nothing_is_raised(content: bytes) -> None:
    for fault in check_file(content, name="x.yaml", services=SERVICES, blocks=BLOCKS):
        assert fault.path[0] == "x.yaml"
        assert fault.path[1].isdigit()
        assert "\n" not in fault.message
