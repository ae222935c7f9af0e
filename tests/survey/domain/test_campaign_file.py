"""A campaign as a file: every fault is said at its line, and what is written reads the same."""

import json
from datetime import date, datetime, time
from importlib.resources import files
from textwrap import dedent

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from survey.domain.campaign_file import read_campaign, schema, written
from survey.domain.document import parse
from survey.domain.questionnaire import Privacy
from survey.errors import CampaignFaulty
from survey.questionnaires import library

HEAD = "key: pulse\nquestionnaire: people-pulse\n"
ONCE = HEAD + "schedule: {start: 2026-11-02T09:00}\n"

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)
times = st.times().map(lambda each: each.replace(second=0, microsecond=0))
starts = st.builds(datetime.combine, st.dates(date(2026, 1, 1), date(2035, 1, 1)), times)
plans = st.builds(
    CampaignPlan,
    key=st.just("pulse"),
    title=words,
    questionnaire=st.just("people-pulse"),
    version=st.none() | st.integers(1, 9),
    privacy=st.none() | st.sampled_from(Privacy),
    purpose=words,
    basis=st.none() | st.sampled_from(LawfulBasis),
    audience=st.builds(
        Audience,
        units=st.lists(words, max_size=3).map(tuple),
        roles=st.lists(words, max_size=3).map(tuple),
        attributes=st.dictionaries(words, st.lists(words, max_size=2).map(tuple), max_size=2),
        sample=st.none() | st.builds(Sample, how=st.sampled_from(SampleHow), size=st.just(5)),
    ),
    channels=st.permutations(list(ChannelName)).map(tuple),
    schedule=st.one_of(
        st.builds(
            Schedule,
            start=starts,
            rrule=st.none() | st.just("FREQ=DAILY"),
            when_closed=st.sampled_from(WhenClosed),
        ),
        st.builds(Schedule, after=st.builds(AfterDate, attribute=words, days=st.just(9)), at=times),
        st.just(Schedule(on_contact=True)),
    ),
    reminders=st.sampled_from([(), (3,), (3, 9)]),
    hours=st.just(Hours(opens=time(7, 30), until=time(12), weekends=True)),
    caps=st.builds(Caps),
)


def refused(text: str) -> list[tuple[str, str]]:
    """Where and what, of each fault."""
    with pytest.raises(CampaignFaulty) as caught:
        read_campaign(text, name="pulse.yaml")
    return [(" ".join(fault.path[1:]), fault.message) for fault in caught.value.faults]


@given(plans)
def test_a_plan_reads_as_it_was_written(plan: CampaignPlan) -> None:
    assert read_campaign(written(plan), name="x.yaml") == plan


def test_what_is_left_out_is_as_always() -> None:
    assert read_campaign(ONCE, name="x") == CampaignPlan(
        key="pulse",
        questionnaire="people-pulse",
        schedule=Schedule(start=datetime.fromisoformat("2026-11-02T09:00")),
    )


def test_every_fault_is_found_in_one_reading_each_at_its_line() -> None:
    text = """\
        key: A b
        questionnaire: people-pulse
        basis: publik_task
        hours: {from: 8, until: 18:00}
        schedule: {start: 2026-11-02, whenclosed: next}
        audience:
          unit: [x]
          roles: head
          sample: {size: 3, percent: 3}
        channels: [chat, sms]
        open_days: 0
        title: 7
        purpose:
        key: again
    """

    assert refused(dedent(text)) == [
        ("1", "'A b' cannot be a key: use small letters and digits, joined by -"),
        ("3", "'publik_task' is not a lawful basis (did you mean 'public_task'?)"),
        ("4 hours", "from must be a time such as 08:00"),
        ("5 schedule", "start must be a day and a time such as 2026-11-02T09:00"),
        (
            "5 schedule",
            "'whenclosed' is not a word of the format (did you mean 'when_closed'?)",
        ),
        ("7 audience", "'unit' is not a word of the format (did you mean 'units'?)"),
        ("8 audience", "audience roles must be a list: one '- ' line for each"),
        ("9 audience", "give either size or percent"),
        ("10 channels", "'sms' is not a channel: use chat or email"),
        ("11", "open_days must be 1 or more"),
        ("12", "title must be text: put it in quotes"),
        ("13", "purpose is empty: write it, or remove the line"),
        ("14", "'key' stands here twice, first on line 1: keep one"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("1", "the file is empty")),
        ("- a", ("1", "a campaign is a list of 'key: value' lines, starting with key and")),
        (HEAD, ("1", "schedule is missing: add it")),
        (HEAD + "schedule: {on_contact: maybe}", ("3 schedule", "must be true or false")),
        (HEAD + "schedule: {at: 09:00}", ("3", "give one of start, after and on_contact")),
        (HEAD + "schedule: {start: 2026-13-01T09:00}", ("3 schedule", "that there is")),
        (HEAD + "schedule: {start: 2026-11-02T09:00+01:00}", ("3 schedule", "must be a day and")),
        (ONCE + "reminders: [14, 7]", ("1", "reminders must go up")),
        (ONCE + "hours: {from: 18:00, until: 08:00}", ("4", "until must be later than from")),
        (ONCE + "hours: {from: 08:00Z, until: 18:00}", ("4 hours", "such as 08:00")),
        (
            HEAD + "schedule: {start: 2026-11-02T09:00, timezone: Mars}",
            ("3 schedule", "'Mars' is not a time zone: name one as Europe/London"),
        ),
        (
            HEAD + "schedule: {start: 2026-11-02T09:00, rrule: FREQ=HOURLY}",
            ("3 schedule", "rrule: FREQ=HOURLY: a campaign repeats once a day at most"),
        ),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(text: str, expected: tuple[str, str]) -> None:
    ((where, message),) = refused(text)

    assert where == expected[0]
    assert expected[1] in message


def test_the_example_is_a_campaign_and_fits_the_schema() -> None:
    text = library.campaign_example()

    plan = read_campaign(text, name="campaign.example.yaml")

    assert plan.audience.sample == Sample(how=SampleHow.ROTATING, percent=25)
    jsonschema.validate(json.loads(json.dumps(parse(text, name="x").data)), schema())


def test_the_example_says_something_of_every_word_of_the_format() -> None:
    text = library.campaign_example()

    for model in (CampaignPlan, Audience, Sample, Schedule, AfterDate, Hours, Caps):
        for name, field in model.model_fields.items():
            assert (field.alias or name) in text


def test_the_schema_refuses_an_unknown_word() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(parse(ONCE + "privat: anonymous", name="x").data, schema())


def test_the_schema_file_is_current() -> None:
    """Rewrite it with `tellback campaign schema` after a change of the format."""
    kept = files("survey.questionnaires").joinpath("campaign.schema.json").read_text("utf-8")

    assert json.loads(kept) == schema()
