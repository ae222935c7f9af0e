"""/staff/calendar: what is closed as people look for it, closures and pauses by hand."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from api.staff.calendar_words import nothing_sent
from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.closures import ClosedSpan
from survey.domain.waves import Pause, PauseKind
from tests.support.application import Running
from tests.support.staff import ADMINISTRATOR, signed_in
from tests.support.web import WebPerson

PATH = "/staff/calendar"
MANAGER = Grant(Role.SURVEY_MANAGER)
LONDON = ZoneInfo("Europe/London")


@pytest.fixture
async def manager(here: Running) -> AsyncIterator[WebPerson]:
    async with signed_in(here, MANAGER) as person:
        yield person


def month(person: WebPerson, number: int) -> list[str]:
    [listed] = person.page.all("ul", **{"aria-labelledby": f"month-{number}"})
    return [
        " / ".join(part.text for part in [*line.all("span", class_="tb-changes__day")])
        + " / "
        + line.all("strong")[0].text
        for line in listed.all("li")
    ]


async def date_is_typed(person: WebPerson, field: str, day: date) -> None:
    for part, value in (("day", day.day), ("month", day.month), ("year", day.year)):
        person.types(str(value), into=f"{field}-{part}")


async def start_pause(here: Running, *, ends_at: datetime | None, name: str) -> Pause:
    return await here.core.calendar.pause(
        kind=PauseKind.PRE_ELECTION, name=name, begins_at=None, ends_at=ends_at, by=OPERATOR
    )


async def test_the_next_months_show_bank_holidays_and_closures_in_their_order(
    here: Running, manager: WebPerson
) -> None:
    half_term = ClosedSpan(date(2026, 5, 25), date(2026, 5, 29), "schools", "Half-term")
    await here.core.calendar.close(half_term, by=OPERATOR)

    await manager.opens(PATH)

    assert month(manager, 1) == [
        "Monday 25 May / Spring bank holiday",
        "Monday 25 May to Friday 29 May / Half-term",
    ]
    assert "No pause holds" in manager.text
    assert "Schools" in manager.text


async def test_days_are_closed_and_opened_again_by_hand(here: Running, manager: WebPerson) -> None:
    await manager.opens(f"{PATH}/closures/add")
    manager.picks("oakfield", of="unit")
    manager.types("Inset day", into="name")
    await date_is_typed(manager, "day", date(2026, 6, 9))
    await manager.presses("Add closed days")

    assert manager.path == PATH
    assert month(manager, 2) == ["Tuesday 9 June / Inset day"]

    await manager.presses("Open again Tuesday 9 June, Oakfield Primary School")
    assert "Days that are open again: 1." in manager.page.text
    assert "Inset day" not in manager.text


async def test_what_is_missing_of_closed_days_is_said_at_its_field(manager: WebPerson) -> None:
    await manager.opens(f"{PATH}/closures/add")
    manager.types("31", into="day-day")
    manager.types("6", into="day-month")
    manager.types("2026", into="day-year")
    await manager.presses("Add closed days")

    assert manager.status == 422
    summary = manager.page.one("div", class_="govuk-error-summary")
    assert [each.text for each in summary.all("li")] == [
        "Enter a reason",
        "Enter a real first day, such as 26 10 2026",
    ]
    assert manager.page.one("input", name="day-day").attributes["value"] == "31"


async def test_a_last_day_before_the_first_is_refused(manager: WebPerson) -> None:
    await manager.opens(f"{PATH}/closures/add")
    manager.types("Training", into="name")
    await date_is_typed(manager, "day", date(2026, 6, 9))
    await date_is_typed(manager, "until", date(2026, 6, 8))
    await manager.presses("Add closed days")

    assert (manager.status, manager.error) == (422, "The last day is before the first")


async def test_a_pause_is_started_now_told_on_the_page_and_ended(
    here: Running, manager: WebPerson
) -> None:
    await manager.opens(f"{PATH}/pauses/add")
    manager.picks("pre_election", of="kind")
    manager.types("Local elections", into="name")
    await date_is_typed(manager, "ends", date(2026, 6, 30))
    await manager.presses("Start a pause")

    assert manager.path == PATH
    assert "Nothing is being sent until 1 July 2026, 00:00: Local elections." in manager.text
    assert "Pre-election period" in manager.text

    [pause] = await here.core.calendar.pauses()
    await manager.opens(f"{PATH}/pauses/{pause.id}/end")
    assert "Campaigns begin to send at once" in manager.text
    await manager.presses("End the pause")
    assert "Nothing is being sent" not in manager.text
    assert await here.core.calendar.pauses() == []


async def test_a_pause_has_times_of_day_where_somebody_types_them(
    here: Running, manager: WebPerson
) -> None:
    await manager.opens(f"{PATH}/pauses/add")
    manager.types("Funeral", into="name")
    await date_is_typed(manager, "begins", date(2026, 6, 9))
    manager.types("9:30", into="begins-time")
    await date_is_typed(manager, "ends", date(2026, 6, 9))
    manager.types("17:00", into="ends-time")
    await manager.presses("Start a pause")

    [pause] = await here.core.calendar.pauses()
    assert pause.begins_at == datetime(2026, 6, 9, 8, 30, tzinfo=UTC)
    assert pause.ends_at == datetime(2026, 6, 9, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"ends-day": "31", "ends-month": "6", "ends-year": "2026"}, "Enter a real day to end on"),
        ({"begins-time": "09:00"}, "Enter a real day to start on"),
        (
            {"ends-day": "1", "ends-month": "6", "ends-year": "2026", "ends-time": "noon"},
            "Enter the time to end as hours and minutes",
        ),
        (
            {"ends-day": "1", "ends-month": "5", "ends-year": "2026"},
            "The pause has to end after it starts",
        ),
    ],
)
async def test_what_is_wrong_with_a_pause_is_said_and_nothing_is_set(
    here: Running, manager: WebPerson, fields: dict[str, str], error: str
) -> None:
    await manager.opens(f"{PATH}/pauses/add")
    manager.types("Funeral", into="name")
    for name, typed in fields.items():
        manager.types(typed, into=name)
    await manager.presses("Start a pause")

    assert manager.status == 422
    assert (manager.error or "").startswith(error)
    assert await here.core.calendar.pauses() == []


async def test_whoever_may_only_look_is_offered_nothing_to_change(here: Running) -> None:
    await here.core.calendar.close(
        ClosedSpan(date(2026, 6, 9), date(2026, 6, 9), "oakfield", "Inset day"), by=OPERATOR
    )
    pause = await start_pause(here, ends_at=None, name="Funeral")
    async with signed_in(here, Grant(Role.SERVICE_MANAGER)) as person:
        await person.opens(PATH)
        assert "Nothing is being sent until somebody ends this pause: Funeral." in person.text
        assert person.page.one("main").all("form") == []
        assert not [
            each
            for each in person.page.one("main").all("a")
            if each.attributes["href"].startswith(PATH + "/")
        ]
        for path in ("/pauses/add", "/closures/add", f"/pauses/{pause.id}/end"):
            await person.opens(PATH + path)
            assert person.status == 403


async def test_a_manager_of_some_schools_cannot_look(here: Running) -> None:
    async with signed_in(here, Grant(Role.SURVEY_MANAGER, unit="schools")) as person:
        await person.opens(PATH)

    assert person.status == 403


async def test_a_closure_or_pause_that_is_gone_is_not_found(
    here: Running, manager: WebPerson
) -> None:
    day = date(2026, 6, 9)
    await here.core.calendar.close(ClosedSpan(day, day, "", "Training"), by=OPERATOR)
    pause = await start_pause(here, ends_at=None, name="Funeral")
    await manager.opens(PATH)
    opening = manager.sending("Open again Tuesday 9 June, All schools and departments")
    await here.core.calendar.open_again(day, day, "", by=OPERATOR)
    await here.core.calendar.end_pause(pause.id, by=OPERATOR)

    await manager.sends(opening)
    assert manager.status == 404
    await manager.sends(opening.with_(first="tomorrow"))
    assert manager.status == 404
    await manager.opens(f"{PATH}/pauses/{pause.id}/end")
    assert manager.status == 404


async def test_the_record_tells_of_closures_and_pauses(here: Running) -> None:
    await here.core.calendar.close(
        ClosedSpan(date(2026, 6, 9), date(2026, 6, 9), "", "Training"), by=OPERATOR
    )
    await start_pause(here, ends_at=None, name="Funeral")
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens("/staff/audit")

    assert "added closed days" in person.text
    assert "set a pause in which nothing is sent" in person.text


async def test_the_banner_tells_the_pause_that_lasts_longest_and_none_that_is_to_come(
    here: Running,
) -> None:
    def told() -> str:
        now = here.clock.now()
        return nothing_sent(pauses, now=now, zone=LONDON, say=str, language="en")

    pauses = [
        await start_pause(here, ends_at=datetime(2026, 5, 20, 11, tzinfo=UTC), name="Short"),
        await start_pause(here, ends_at=datetime(2026, 5, 22, 11, tzinfo=UTC), name="Long"),
    ]

    assert told() == "Nothing is being sent until 22 May 2026, 12:00: Long."
    here.clock.time = datetime(2026, 5, 14, 11, 59, tzinfo=UTC)
    assert told() == ""
