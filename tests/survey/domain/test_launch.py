"""What keeps a campaign from being launched, and what is worth knowing before."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from survey.domain.campaign import (
    AfterDate,
    Audience,
    CampaignPlan,
    Caps,
    ChannelName,
    LawfulBasis,
    Sample,
    Schedule,
)
from survey.domain.expansion import expand
from survey.domain.launch import Facts, Gap, gaps
from survey.domain.loading import read
from survey.domain.questionnaire import Privacy, Questionnaire
from survey.domain.records import QuestionnaireRow, Unit
from survey.domain.schedule import Slot
from survey.errors import Fault
from survey.questionnaires import library
from tests.support.application import NOON


def content(key: str = "people-pulse") -> Questionnaire:
    written = read(library.shipped()[key], name=key).questionnaire
    return expand(written, services=library.services(), blocks=library.blocks())


START = datetime.fromisoformat("2026-06-02T09:00")
PLAN = CampaignPlan(
    key="pulse",
    questionnaire="people-pulse",
    sender="People team",
    purpose="To learn.",
    basis=LawfulBasis.PUBLIC_TASK,
    notice="Staff privacy notice",
    schedule=Schedule(start=START),
    reminders=(7,),
)
ROW = QuestionnaireRow("people-pulse", 2, open_link=False, closed_at=None)
FACTS = Facts(
    questionnaire=ROW,
    content=content(),
    units=(
        Unit("oakfield", "Oakfield", "school"),
        Unit("elmwood", "Elmwood", "school", ended_at=NOON),
    ),
    nobody_has=(),
    set_up=frozenset(ChannelName),
    floor=10,
    approval_above=1_000,
    slots=(Slot("2026-06-02T09:00", NOON),),
    asked=60,
)


def slots(*days: int, **more: Any) -> tuple[Slot, ...]:
    return tuple(Slot(f"slot {day}", NOON + timedelta(days=day), **more) for day in days)


def found(plan: dict[str, Any], facts: dict[str, Any]) -> tuple[Gap, ...]:
    return gaps(PLAN.model_copy(update=plan), replace(FACTS, **facts))


def test_of_a_plan_that_is_whole_nothing_is_said() -> None:
    assert found({}, {}) == ()


@pytest.mark.parametrize(
    ("plan", "facts", "part", "code"),
    [
        ({"purpose": " "}, {}, "purpose", "no_purpose"),
        ({"basis": None}, {}, "basis", "no_basis"),
        ({"notice": ""}, {}, "notice", "no_notice"),
        ({"sender": ""}, {}, "sender", "no_sender"),
        ({}, {"questionnaire": None, "content": None}, "questionnaire", "not_published"),
        (
            {},
            {"questionnaire": replace(ROW, closed_at=NOON)},
            "questionnaire",
            "questionnaire_closed",
        ),
        ({"version": 9}, {"content": None}, "version", "unknown_version"),
        ({"privacy": Privacy.ATTRIBUTED}, {}, "privacy", "looser_privacy"),
        ({"audience": Audience(units=("oakfeld",))}, {}, "audience.units", "unknown_unit"),
        ({"audience": Audience(units=("elmwood",))}, {}, "audience.units", "ended_unit"),
        ({"audience": Audience(kinds=("schol",))}, {}, "audience.kinds", "unknown_kind"),
        ({}, {"nobody_has": [("roles", "haed")]}, "audience.roles", "unknown_role"),
        (
            {},
            {"nobody_has": [("audience.attributes.a.b", "North")]},
            "audience.attributes.a.b",
            "unknown_attribute",
        ),
        ({"channels": (ChannelName.CHAT,)}, {"set_up": frozenset()}, "channels", "no_chat"),
        ({"channels": (ChannelName.EMAIL,)}, {"set_up": frozenset()}, "channels", "no_email"),
        ({}, {"slots": ()}, "schedule.start", "no_dates"),
        (
            {},
            {"slots": (), "schedule_faults": [Fault(("schedule", "rrule"), "never", "none")]},
            "schedule.rrule",
            "never",
        ),
        ({}, {"asked": 0}, "audience", "nobody"),
    ],
)
def test_what_is_missing_keeps_it_from_being_launched(
    plan: dict[str, Any], facts: dict[str, Any], part: str, code: str
) -> None:
    (gap,) = found(plan, facts)

    assert (gap.part, gap.code, gap.blocks) == (part, code, True)
    assert gap.message.endswith(".")


@pytest.mark.parametrize(
    ("plan", "facts", "part", "code"),
    [
        ({"version": 1}, {}, "version", "newer_version"),
        ({}, {"languages": {"cy": 5, "fr": 2}}, "questionnaire", "language_missing"),
        ({}, {"set_up": frozenset({ChannelName.EMAIL})}, "channels", "no_chat"),
        ({}, {"unreachable": 3}, "channels", "unreachable"),
        ({"reminders": (7, 21)}, {}, "reminders", "reminder_after_closing"),
        (
            {"schedule": Schedule(after=AfterDate(attribute="start_date", days=90))},
            {"undated": 2},
            "schedule.after",
            "unreadable_dates",
        ),
        ({}, {"slots": slots(0, 30)}, "caps.days_before_same_survey", "within_cap"),
        (
            {},
            {"slots": slots(0) + slots(1, left_out=True, why="Easter Monday")},
            "schedule",
            "dates_left_out",
        ),
        ({}, {"asked": 9}, "audience", "below_floor"),
        ({}, {"asked": 1_001}, "audience", "second_person"),
    ],
)
def test_a_hint_keeps_nothing_from_being_launched(
    plan: dict[str, Any], facts: dict[str, Any], part: str, code: str
) -> None:
    (gap,) = found(plan, facts)

    assert (gap.part, gap.code, gap.blocks) == (part, code, False)
    assert gap.message.endswith(".")


@pytest.mark.parametrize(
    ("plan", "facts"),
    [
        ({"privacy": Privacy.ANONYMOUS}, {}),
        ({"schedule": Schedule(on_contact=True)}, {"slots": (), "asked": 0}),
        (
            {"schedule": Schedule(after=AfterDate(attribute="start_date", days=90))},
            {"slots": (), "asked": 2},
        ),
        ({}, {"slots": slots(0, 31)}),
        ({"caps": Caps(days_before_same_survey=1)}, {"slots": slots(0, 2)}),
        ({"audience": Audience(sample=Sample(size=5))}, {"slots": slots(0, 7)}),
        ({}, {"content": content("school-service-check"), "asked": 3}),
    ],
)
def test_nothing_is_made_of_what_is_as_it_should_be(
    plan: dict[str, Any], facts: dict[str, Any]
) -> None:
    assert found(plan, facts) == ()


def test_b50_a_missing_translation_or_another_placeholder_keeps_it_from_being_launched() -> None:
    whole = content()
    pride, advocacy, *rest = whole.questions
    broken = whole.model_copy(
        update={
            "questions": (
                pride.model_copy(update={"label": {"en": pride.label["en"]}}),
                advocacy.model_copy(
                    update={"label": {**advocacy.label, "cy": "Byddwn i'n argymell ${pride}"}}
                ),
                *rest,
            )
        }
    )

    listed = found({}, {"content": broken})

    assert [(gap.code, gap.blocks) for gap in listed] == [
        ("missing_translation", True),
        ("placeholders_differ", True),
    ]
    assert listed[0].message == (
        "In the questionnaire, at 'pride': label has no text in 'cy': add it."
    )


def test_what_is_missing_is_said_before_the_hints() -> None:
    listed = found({"reminders": (30,), "purpose": "", "basis": None}, {"unreachable": 1})

    assert [gap.blocks for gap in listed] == [True, True, False, False]
