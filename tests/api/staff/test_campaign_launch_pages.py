"""From the form to the launch: a plan is made, looked at, and launched by its number of people."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from api.app import create_app
from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.campaign import Audience, CampaignState, LawfulBasis, Schedule
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy
from tests.support.application import NOON, Running, running
from tests.support.campaigns import FIRST, PULSE, SET_UP, keep
from tests.support.staff import signed_in
from tests.support.stored import audited
from tests.support.web import WebPerson

MANAGER = Grant(Role.SURVEY_MANAGER)
REMINDERS = ("reminder_1", "reminder_2")


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database_url, tmp_path, **SET_UP) as application:
        yield application


@pytest.fixture
async def manager(here: Running) -> AsyncIterator[WebPerson]:
    await here.publish("people-pulse")
    async with signed_in(here, MANAGER) as person:
        yield person


async def people(here: Running, *units: str) -> None:
    async with here.core.begin() as work:
        await work.people.put(
            Person(
                UUID(int=500 + number),
                f"p-{number}",
                f"Person {number}",
                (unit,),
                NOON,
                email=f"person{number}@barnet.example",
            )
            for number, unit in enumerate(units)
        )
        await work.commit()


async def fills_in(person: WebPerson, **changes: str) -> None:
    await person.opens("/staff/add-campaign")
    person.picks("people-pulse", of="questionnaire")
    filled = {
        "title": "Staff pulse",
        "sender": "People team",
        "purpose": "To see where working here gets better or worse.",
        "notice": "Staff privacy notice, May 2026",
        "start-day": "2",
        "start-month": "6",
        "start-year": "2026",
        **changes,
    }
    for name, text in filled.items():
        person.types(text, into=name)
    person.chooses("Public task")


async def test_a_campaign_is_planned_in_plain_words(here: Running, manager: WebPerson) -> None:
    await people(here, "oakfield", "elmwood", "adult-social-care")
    await fills_in(manager)
    manager.chooses("Schools")
    manager.chooses("Again and again")
    manager.picks("monthly_weekday", of="repeat")

    await manager.presses("Save and see who would be asked")

    assert manager.heading == "Before you launch"
    kept = await here.core.campaigns.get("staff-pulse")
    assert kept.state is CampaignState.DRAFT
    assert kept.plan.basis is LawfulBasis.PUBLIC_TASK
    assert kept.plan.audience == Audience(units=("schools",))
    assert kept.plan.schedule.rrule == "FREQ=MONTHLY;BYDAY=1TU"
    assert kept.plan.schedule.start == datetime.fromisoformat("2026-06-02T09:00")


async def test_what_was_typed_stays_and_each_fault_leads_to_its_field(manager: WebPerson) -> None:
    await fills_in(manager, title="", open_days="many")

    await manager.presses("Save and see who would be asked")

    links = manager.page.one("div", class_="govuk-error-summary").all("a")
    assert [(each.text, each.attributes["href"]) for each in links] == [
        ("Enter a title", "#title"),
        ("Enter a whole number", "#open_days"),
    ]
    ids = {each.attributes.get("id") for each in manager.page.elements}
    assert {"title", "open_days"} <= ids
    assert manager.page.one("input", name="sender").attributes["value"] == "People team"


async def test_the_next_12_dates_are_shown_before_anything_is_kept(
    here: Running, manager: WebPerson
) -> None:
    await fills_in(manager)
    manager.chooses("Again and again")
    manager.picks("monthly_weekday", of="repeat")

    await manager.presses("Show the next 12 dates")

    dates = [each.text for each in manager.page.one("ol", class_="tb-dates").all("li")]
    assert len(dates) == 12
    assert dates[:2] == ["Tuesday 2 June 2026, 09:00", "Tuesday 7 July 2026, 09:00"]
    assert manager.page.one("input", name="title").attributes["value"] == "Staff pulse"
    assert await here.core.campaigns.all() == []


async def test_a_second_campaign_of_the_same_title_has_a_name_of_its_own(
    here: Running, manager: WebPerson
) -> None:
    for _ in range(2):
        await fills_in(manager)
        await manager.presses("Save and see who would be asked")

    keys = {each.key for each in await here.core.campaigns.all()}
    assert keys == {"staff-pulse", "staff-pulse-2"}


async def test_the_plan_says_how_many_who_not_and_why_and_all_next_dates(
    here: Running, manager: WebPerson
) -> None:
    """The survey administrator's checklist, before launch."""
    await people(here, "oakfield", "elmwood", "adult-social-care")
    await here.core.people.opt_out(UUID(int=500), by=OPERATOR)
    await here.core.campaigns.create(PULSE, by=OPERATOR)

    await manager.opens("/staff/campaigns/staff-pulse/plan")

    assert "2 would be asked" in manager.text
    assert "They want no surveys: 1" in manager.text
    assert "E-mail: 2" in manager.text
    assert "No way to reach them: 0" in manager.text
    assert "The next 12 dates" in manager.text
    assert "Tuesday 2 June 2026, 09:00" in manager.text
    assert "less than a minute" in manager.text
    assert manager.lines["Lawful basis"] == "Public task"
    assert manager.lines["Privacy"].startswith("Confidential")
    assert "months" in manager.lines["How long answers are kept"]
    assert manager.has("Launch")


@pytest.mark.parametrize(
    ("privacy", "mode"), [(None, "Confidential"), (Privacy.ANONYMOUS, "Anonymous")]
)
async def test_before_the_launch_stands_how_private_answers_are_and_how_long_they_are_kept(
    here: Running, manager: WebPerson, privacy: Privacy | None, mode: str
) -> None:
    """The survey administrator's checklist: basis, notice, retention and mode."""
    await people(here, "oakfield", "elmwood")
    await here.core.campaigns.create(PULSE.model_copy(update={"privacy": privacy}), by=OPERATOR)

    await manager.opens("/staff/campaigns/staff-pulse/plan")

    assert manager.has("Launch")
    assert manager.lines["Lawful basis"] == "Public task"
    assert manager.lines["Privacy notice"] == "Staff privacy notice, May 2026"
    assert manager.lines["Privacy"].startswith(mode)
    assert manager.lines["How long answers are kept"].endswith(
        "Answers that you send are kept for 24 months, without your name and without a day."
    )


async def test_who_would_be_asked_is_named_to_those_who_may_see_people(
    here: Running, manager: WebPerson
) -> None:
    await people(here, "oakfield", "elmwood")
    await here.core.campaigns.create(PULSE, by=OPERATOR)

    await manager.opens("/staff/campaigns/staff-pulse/people")

    assert "2 of 2 would be asked" in manager.text
    assert "Person 1" in manager.text
    async with signed_in(here, Grant(Role.SERVICE_MANAGER)) as reader:
        await reader.opens("/staff/campaigns/staff-pulse/plan")
        assert (reader.status, reader.has("Launch")) == (200, False)
        await reader.opens("/staff/campaigns/staff-pulse/people")
        assert reader.status == 404


async def test_b45_nothing_is_launched_before_the_number_of_people_is_typed(
    here: Running, manager: WebPerson
) -> None:
    """B45: 40,000 instead of 40."""
    await people(here, "oakfield", "elmwood")
    await here.core.campaigns.create(PULSE, by=OPERATOR)
    await manager.opens("/staff/campaigns/staff-pulse/plan")

    manager.types("3")
    await manager.presses("Launch")
    assert manager.error == "Type 2, the number of people who would be asked"
    assert (await here.core.campaigns.get("staff-pulse")).state is CampaignState.DRAFT

    manager.types("2")
    once = manager.sending("Launch")
    await manager.sends(once)
    told = "It is launched. The first messages leave on Tuesday 2 June at 09:00."
    assert told in manager.page.text
    await manager.sends(once)
    assert "It was launched before. Nothing was sent twice." in manager.page.text
    launched = [each for each in await audited(here) if each.action == "campaign.launched"]
    assert [each.details for each in launched] == [{"people": 2}]


async def test_what_is_missing_blocks_the_launch_and_leads_to_its_field(
    here: Running, manager: WebPerson
) -> None:
    bare = PULSE.model_copy(update={"basis": None, "notice": ""})
    await people(here, "oakfield")
    await here.core.campaigns.create(bare, by=OPERATOR)

    await manager.opens("/staff/campaigns/staff-pulse/plan")

    links = [each.attributes.get("href") for each in manager.page.one("main").all("a")]
    assert "/staff/campaigns/staff-pulse/edit#basis" in links
    assert "/staff/campaigns/staff-pulse/edit#notice" in links
    assert not manager.has("Launch")


async def test_nothing_is_missing_of_a_campaign_whose_last_date_has_begun(
    here: Running, manager: WebPerson
) -> None:
    await people(here, "oakfield")
    begun = FIRST - timedelta(days=30)
    await keep(here, PULSE.model_copy(update={"schedule": Schedule(start=begun)}), next_at=None)

    await manager.opens("/staff/campaigns/staff-pulse/plan")

    assert "There is no date to come." in manager.page.text
    assert "Still missing" not in manager.page.text


async def test_b45_a_large_one_takes_a_second_person_who_is_not_the_first(
    database_url: str, tmp_path: Path
) -> None:
    async with running(database_url, tmp_path, approval_above=1, **SET_UP) as here:
        await here.publish("people-pulse")
        await people(here, "oakfield", "elmwood")
        await here.core.campaigns.create(PULSE, by=OPERATOR)
        app = create_app(here.core, here.figures)
        async with (
            signed_in(here, MANAGER, name="Ann First", app=app) as first,
            signed_in(here, MANAGER, name="Bo Second", app=app) as second,
        ):
            await first.opens("/staff/campaigns/staff-pulse/plan")
            first.types("2")
            await first.presses("Launch, for a second person to agree")
            assert "It waits for a second person." in first.page.text
            assert not first.has("Agree and launch")

            await second.opens("/staff/campaigns/staff-pulse/plan")
            assert "Ann First launched it for 2 people." in second.text
            agreeing = second.sending("Agree and launch")
            token = first.sending("Sign out").fields[0][1]
            await first.sends(agreeing.with_(csrf=token))
            assert first.error == "You launched it yourself: somebody else has to agree"
            assert (await here.core.campaigns.get("staff-pulse")).state is CampaignState.PROPOSED

            await second.sends(agreeing)
            assert "It is launched." in second.page.text
            assert (await here.core.campaigns.get("staff-pulse")).state is CampaignState.RUNNING


async def test_who_saves_an_older_plan_is_shown_that_it_changed(
    here: Running, manager: WebPerson
) -> None:
    await here.core.campaigns.create(PULSE, by=OPERATOR)
    await manager.opens("/staff/campaigns/staff-pulse/edit")
    manager.types("Mine", into="title")
    theirs = PULSE.model_copy(update={"title": "Theirs"})
    await here.core.campaigns.change("staff-pulse", theirs, expected_revision=1, by=OPERATOR)

    await manager.presses("Save and see who would be asked")

    assert manager.status == 409
    assert manager.page.one("input", name="title").attributes["value"] == "Mine"
    assert (await here.core.campaigns.get("staff-pulse")).plan.title == "Theirs"


async def test_after_the_launch_only_words_closing_and_reminders_are_offered(
    here: Running, manager: WebPerson
) -> None:
    await people(here, "oakfield")
    await here.core.campaigns.create(PULSE, by=OPERATOR)
    await here.core.campaigns.launch("staff-pulse", expected_revision=1, typed=1, by=OPERATOR)

    await manager.opens("/staff/campaigns/staff-pulse/edit")
    shown = [
        each.attributes["name"]
        for each in manager.page.one("main").all("input")
        if each.attributes.get("type", "text") == "text"
    ]
    manager.types("Staff pulse, spelled right", into="title")
    manager.types("21", into="open_days")
    await manager.presses("Save")

    assert set(shown) == {"title", "notice", "open_days", *REMINDERS, "opens", "until"}
    assert "The plan is changed." in manager.page.text
    kept = await here.core.campaigns.get("staff-pulse")
    assert (kept.plan.title, kept.plan.open_days) == ("Staff pulse, spelled right", 21)
    await manager.opens("/staff/campaigns/staff-pulse/plan")
    assert not manager.has("Launch")
