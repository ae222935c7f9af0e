import pytest
import yaml

from survey.domain.expansion import expand
from survey.domain.loading import read
from survey.domain.questionnaire import Questionnaire
from survey.domain.records import Service
from survey.errors import QuestionnaireFaulty
from survey.questionnaires import library

SERVICES = (
    Service(key="hr", name="HR", label={"en": "HR", "cy": "Adnoddau Dynol"}),
    Service(key="customer-care", name="Customer care"),
)


def questionnaire(*questions: dict[str, object], **fields: object) -> Questionnaire:
    whole = {
        "key": "pulse",
        "title": {"en": "Pulse", "cy": "Pwls"},
        "purpose": {"en": "To learn.", "cy": "I ddysgu."},
        "privacy": "confidential",
        "languages": ["en", "cy"],
        "questions": list(questions),
    }
    return read(yaml.safe_dump(whole | fields), name="x.yaml").questionnaire


def expanded(*questions: dict[str, object], **fields: object) -> Questionnaire:
    return expand(questionnaire(*questions, **fields), services=SERVICES, blocks=library.blocks())


def refusal(*questions: dict[str, object], **fields: object) -> tuple[str, str]:
    with pytest.raises(QuestionnaireFaulty) as caught:
        expanded(*questions, **fields)
    (fault,) = caught.value.faults
    return fault.code, fault.message


def choice(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "label": {"en": name.title(), "cy": name.upper()}, **more}


SELECT: dict[str, object] = {
    "name": "used",
    "type": "select_multiple",
    "label": "Used?",
    "choices": "services",
}
EACH: dict[str, object] = {"name": "rating", "type": "text", "for_each": "used"}


def test_a_list_by_name_becomes_choices() -> None:
    form = expanded(
        {"name": "q", "type": "select_one", "choices": "yn"}, lists={"yn": [choice("yes")]}
    )

    assert [each.name for each in form.question("q").closed_choices] == ["yes"]
    assert form.lists == {}


def test_a_scale_by_name_becomes_points_and_its_message_yields_to_the_questions_own() -> None:
    scale = {"start": 1, "end": 5, "points": {1: "Low", 5: "High"}, "required_message": "Rate it"}
    form = expanded(
        {"name": "a", "type": "scale", "scale": "rate"},
        {"name": "b", "type": "scale", "scale": "rate", "required_message": "Say how"},
        scales={"rate": scale},
    )

    assert (form.question("a").start, form.question("a").end) == (1, 5)
    assert form.question("a").points[5] == {"en": "High"}
    assert form.question("a").required_message == {"en": "Rate it"}
    assert form.question("b").required_message == {"en": "Say how"}


def test_services_are_choices_in_each_language_and_keep_an_untranslated_name() -> None:
    choices = expanded(SELECT).question("used").closed_choices

    assert [(each.name, each.label["cy"]) for each in choices] == [
        ("hr", "Adnoddau Dynol"),
        ("customer-care", "Customer care"),
    ]


def test_a_long_name_of_a_service_is_shortened_on_its_button_only() -> None:
    long = Service(key="long", name="Council tax, housing benefit and other payments")
    form = expand(questionnaire(SELECT), services=[long], blocks={})
    (only,) = form.question("used").closed_choices

    assert only.label["en"] == long.name
    assert only.short_label is not None
    assert only.short_label["en"] == "Council tax, housing benefit and other…"


def test_other_is_a_choice_before_prefer_not_to_say_and_a_text_asked_when_it_is_chosen() -> None:
    form = expanded(
        {
            "name": "why",
            "type": "select_one",
            "choices": [choice("cost"), choice("prefer_not_to_say")],
            "or_other": True,
        }
    )

    assert [each.name for each in form.question("why").closed_choices] == [
        "cost",
        "other",
        "prefer_not_to_say",
    ]
    assert [question.name for question in form.questions] == ["why", "why_other"]
    assert form.question("why_other").relevant == "selected(${why}, 'other')"
    assert set(form.question("why_other").label) == {"en", "cy"}


def test_a_question_for_each_choice_is_asked_about_the_chosen_ones() -> None:
    form = expanded(
        SELECT,
        EACH
        | {
            "label": {"en": "${choice}: how?", "cy": "${choice}: sut?"},
            "short_label": {"en": "${choice}", "cy": "${choice}"},
        },
    )
    hr, care = form.questions[1:]

    assert (hr.name, hr.relevant, hr.service) == ("rating_hr", "selected(${used}, 'hr')", "hr")
    assert hr.label == {"en": "HR: how?", "cy": "Adnoddau Dynol: sut?"}
    assert hr.short_label == {"en": "HR", "cy": "Adnoddau Dynol"}
    assert (care.name, care.service) == ("rating_customer_care", "customer-care")


def test_the_repeated_question_keeps_its_own_condition() -> None:
    form = expanded(SELECT, EACH | {"relevant": "1 = 1 or 2 = 2"})

    assert form.question("rating_hr").relevant == "selected(${used}, 'hr') and (1 = 1 or 2 = 2)"


def test_nothing_is_asked_about_none_of_these_or_prefer_not_to_say() -> None:
    choices = [
        choice("a"),
        choice("none", exclusive=True),
        choice("prefer_not_to_say", exclusive=True),
    ]
    form = expanded(SELECT | {"choices": choices}, EACH)

    assert [question.name for question in form.questions] == ["used", "rating_a"]
    assert form.question("rating_a").service is None


def test_a_block_comes_last_marked_as_a_part_in_the_languages_of_its_host() -> None:
    form = expanded({"name": "q", "type": "text"}, append=["equality"], languages=["en"], minutes=3)
    block = library.blocks()["equality"]

    assert form.questions[0].part is None
    assert {question.part for question in form.questions[1:]} == {"equality"}
    assert len(form.questions) == 1 + len(block.questions)
    assert set(form.question("about_you").label) == {"en"}
    assert form.minutes == 3 + block.minutes
    assert form.licence == block.licence
    assert form.append == ()


def test_an_unreviewed_block_makes_its_host_unreviewed() -> None:
    assert expanded({"name": "q", "type": "text"}, append=["equality"]).unreviewed == ("cy",)


def test_no_block_is_appended_where_answers_are_attributed() -> None:
    code, message = refusal(
        {"name": "q", "type": "text"}, append=["equality"], privacy="attributed"
    )

    assert code == "block_needs_privacy"
    assert message.startswith("'equality' can be appended to confidential or anonymous")


@pytest.mark.parametrize(
    ("question", "fields", "code"),
    [
        ({"type": "select_one", "choices": "servces"}, {}, "unknown_list"),
        ({"type": "scale", "scale": "agre"}, {}, "unknown_scale"),
        ({"type": "text", "for_each": "later"}, {}, "bad_for_each"),
        ({"type": "text"}, {"append": ["equlity"]}, "unknown_block"),
        (
            {"type": "select_one", "choices": [choice("a")], "or_other": True},
            {"languages": ["en", "cy", "fr"]},
            "missing_translation",
        ),
    ],
)
def test_what_cannot_be_looked_up_is_refused(
    question: dict[str, object], fields: dict[str, object], code: str
) -> None:
    assert refusal({"name": "q", **question}, **fields)[0] == code


def test_a_service_whose_key_cannot_be_a_choice_is_refused_and_so_is_having_none() -> None:
    for services, code in (
        ([Service(key="A b", name="x")], {"no_services", "service_key"}),
        ([], {"no_services"}),
    ):
        with pytest.raises(QuestionnaireFaulty) as caught:
            expand(questionnaire(SELECT), services=services, blocks={})
        assert {fault.code for fault in caught.value.faults} == code


def test_a_name_that_grows_too_long_is_refused() -> None:
    long = "x" * 60
    assert refusal(SELECT, EACH | {"name": long})[0] == "long_name"


SHIPPED = {**library.shipped(), "pulse-with-equality": library.shipped()["people-pulse"]}


@pytest.mark.parametrize("key", SHIPPED)
def test_expanding_again_changes_nothing_and_storage_gives_back_the_same(key: str) -> None:
    written = read(SHIPPED[key], name=key).questionnaire
    if key == "pulse-with-equality":
        written = written.model_copy(update={"append": ("equality",)})
    services, blocks = library.services(), library.blocks()
    form = expand(written, services=services, blocks=blocks)

    assert expand(form, services=services, blocks=blocks) == form
    assert expand(form, services=(), blocks={}) == form
    stored = form.model_dump_json(exclude_defaults=True)
    assert Questionnaire.model_validate_json(stored) == form
