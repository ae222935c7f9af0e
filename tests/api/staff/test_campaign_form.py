"""The form of a campaign: fields make a plan, a plan fills the fields, and faults name theirs."""

from collections.abc import Mapping
from datetime import date, datetime, time

import pytest
from starlette.datastructures import FormData

from api.staff.campaign_form import FormFaulty, blank, plan_of, typed, values_of
from survey.domain.campaign import (
    AfterDate,
    Audience,
    CampaignPlan,
    Caps,
    ChannelName,
    Hours,
    LawfulBasis,
    Sample,
    SampleHow,
    Schedule,
    WhenClosed,
)
from survey.domain.questionnaire import Privacy

FIRST = date(2026, 6, 2)
FULL = CampaignPlan(
    key="pulse",
    title="Staff pulse",
    questionnaire="people-pulse",
    version=2,
    privacy=Privacy.ANONYMOUS,
    sender="People team",
    purpose="To see where working here gets better.\nOr worse.",
    basis=LawfulBasis.PUBLIC_TASK,
    notice="https://barnet.example/notice",
    audience=Audience(
        units=("schools", "finance"),
        kinds=("school",),
        roles=("headteacher",),
        attributes={"site": ("North", "South"), "grade": ("5",)},
        sample=Sample(how=SampleHow.ROTATING, percent=25),
    ),
    channels=(ChannelName.EMAIL, ChannelName.CHAT),
    schedule=Schedule(
        start=datetime.combine(FIRST, time(9, 30)),
        rrule="FREQ=MONTHLY;BYDAY=1TU;COUNT=6",
        timezone="Europe/Dublin",
        when_closed=WhenClosed.SKIP,
    ),
    open_days=21,
    reminders=(5,),
    hours=Hours(opens=time(9), until=time(17, 30), weekends=True),
    caps=Caps(days_between_surveys=0, days_before_same_survey=90),
)
SCHEDULES = [
    FULL.schedule,
    Schedule(start=datetime.combine(FIRST, time(9))),
    Schedule(start=datetime.combine(FIRST, time(9)), rrule="FREQ=MONTHLY;BYDAY=2WE"),
    Schedule(after=AfterDate(attribute="start_date", days=90), at=time(10)),
    Schedule(on_contact=True),
]


def faults(**changes: str) -> dict[str, str]:
    with pytest.raises(FormFaulty) as faulty:
        plan_of(values_of(FULL) | changes, key="pulse")
    return {each.field: each.code for each in faulty.value.faults}


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_plan_comes_out_of_the_form_as_it_went_in(schedule: Schedule) -> None:
    before = FULL.model_copy(update={"schedule": schedule})

    after = plan_of(values_of(before), key="pulse", before=before)

    assert after == before


def test_a_new_campaign_has_the_usual_reminders_hours_and_caps() -> None:
    values = blank(questionnaire="people-pulse", tomorrow=date(2026, 5, 15)) | {"title": "Pulse"}

    plan = plan_of(values, key="pulse")

    assert (plan.reminders, plan.open_days) == ((7, 14), 21)
    assert plan.caps == Caps()
    assert plan.hours == Hours()
    assert plan.schedule == Schedule(start=datetime.combine(date(2026, 5, 15), time(9)))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": " "}, {"title": "required"}),
        ({"title": "x" * 121}, {"title": "too_long"}),
        ({"sender": "a\x00b"}, {"sender": "bad_sign"}),
        ({"questionnaire": ""}, {"questionnaire": "required"}),
        ({"basis": "because"}, {"basis": "choose"}),
        ({"channels": "pigeon"}, {"channels": "required"}),
        ({"when": ""}, {"when": "required"}),
        ({"start-day": "31", "start-month": "6"}, {"start-day": "day"}),
        ({"start-year": "26"}, {"start-day": "day"}),
        ({"start_time": "nine"}, {"start_time": "time"}),
        ({"repeat": "custom", "rrule": "EVERY TUESDAY"}, {"rrule": "rule"}),
        ({"repeat": "custom", "rrule": ""}, {"rrule": "required"}),
        ({"repeat": "often"}, {"repeat": "choose"}),
        ({"times": "-1"}, {"times": "range"}),
        ({"when": "after_date"}, {"after_attribute": "required", "after_days": "number"}),
        ({"open_days": "0"}, {"open_days": "range"}),
        ({"open_days": "two"}, {"open_days": "number"}),
        ({"reminder_1": "14", "reminder_2": "7"}, {"reminder_2": "order"}),
        ({"opens": "18:00", "until": "8:00"}, {"until": "order"}),
        ({"sample_number": "100"}, {"sample_number": "range"}),
        ({"apart": "-1"}, {"apart": "range"}),
    ],
)
def test_a_fault_is_named_at_its_field(
    changes: dict[str, str], expected: Mapping[str, str]
) -> None:
    assert faults(**changes) == expected


def test_what_is_chosen_several_times_is_kept_together() -> None:
    form = FormData([("units", "schools"), ("units", "finance"), ("title", "  Pulse ")])

    values = typed(form)

    assert values["units"] == "schools\nfinance"
    assert (values["title"], values["kinds"]) == ("Pulse", "")


@pytest.mark.parametrize(
    ("day", "time_of_day", "fault"),
    [
        ("1", "09:30", {"start-day": "past"}),
        ("2", "09:30", {"start_time": "past"}),
        ("2", "11:00", {}),
        ("3", "09:30", {}),
    ],
)
def test_a_first_date_that_has_passed_is_refused(
    day: str, time_of_day: str, fault: Mapping[str, str]
) -> None:
    values = values_of(FULL) | {"start-day": day, "start_time": time_of_day, "when": "once"}
    now = datetime.combine(FIRST, time(10))
    found: Mapping[str, str] = {}
    try:
        plan_of(values, key="pulse", now=now)
    except FormFaulty as faulty:
        found = {each.field: each.code for each in faulty.faults}
    assert found == fault


def test_a_first_date_that_stood_there_before_may_stay() -> None:
    """A campaign that has run for years can be given another title."""
    values = values_of(FULL) | {"title": "Another"}
    plan = plan_of(
        values, key="pulse", before=FULL, now=datetime.combine(date(2027, 1, 1), time(0))
    )
    assert plan.schedule == FULL.schedule
