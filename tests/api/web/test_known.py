"""/status and /results: what anybody may read, and nothing of who said it."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from survey.domain.accounts import Grant, Role
from survey.domain.audit import Actor
from survey.domain.case_access import Looker
from survey.domain.case_records import LinkKind, ProblemState
from survey.domain.problems import ActionSaid, ProblemSaid
from tests.support.application import Running
from tests.support.cases import a_case
from tests.support.web import on_the_web

WORKER = Actor.account(uuid4())
DAY = timedelta(days=1)


async def looking(here: Running) -> Looker:
    trees = await here.core.organisation.trees()
    return Looker(uuid4(), frozenset([Grant(Role.CASE_WORKER)]), trees)


async def a_problem(here: Running, *units: str, **more: Any) -> None:
    cases = [await a_case(here, unit=unit) for unit in units]
    said = {
        "title": "Payslips are late",
        "service": "payroll",
        "told": "A file came late.",
        "update_by": here.clock.now() + DAY,
        **more,
    }
    await here.core.problems.add(
        ProblemSaid(**said),
        [each.reference for each in cases],
        looker=await looking(here),
        by=WORKER,
    )


async def an_action(here: Running, *links: tuple[LinkKind, str], **more: Any) -> None:
    said = {
        "title": "Pay earlier",
        "service": "payroll",
        "owner": "Head of HR",
        "due_on": date(2026, 9, 1),
        "said": {"en": "Payslips are late.", "cy": "Mae slipiau cyflog yn hwyr."},
        "did": {"en": "The pay run starts two days earlier."},
        "links": links,
        **more,
    }
    looker = await looking(here)
    action = await here.core.actions.add(ActionSaid(**said), looker=looker, by=WORKER)
    await here.core.actions.publish(action.id, expected_revision=1, looker=looker, by=WORKER)


async def test_known_problems_say_what_is_known_and_when_more_is_said(here: Running) -> None:
    await a_problem(here, "oakfield", "elmwood")
    await a_problem(here, title="Nobody was told of it", told="", update_by=None)

    async with on_the_web(here) as person:
        await person.opens("/status")

        assert person.status == 200
        assert person.heading == "Known problems"
        assert "A file came late." in person.text
        assert "Next update: 15 May 2026" in person.text
        assert "2 schools or departments report this." in person.text
        assert "Nobody was told of it" not in person.text


async def test_no_school_and_no_reporter_is_on_the_page(here: Running) -> None:
    await a_problem(here, "oakfield")
    async with on_the_web(here) as person:
        await person.opens("/status")

        assert "Oakfield" not in person.text
        assert "report this." not in person.text
        assert "P-" not in person.text


async def test_planned_downtime_and_what_was_fixed_stand_apart(here: Running) -> None:
    now = here.clock.now()
    await a_problem(
        here,
        title="The portal is closed",
        planned=True,
        update_by=None,
        begins_at=now + DAY,
        ends_at=now + 2 * DAY,
    )
    await a_problem(here, title="Overtime", state=ProblemState.FIXED, told="Paid on Friday.")

    async with on_the_web(here) as person:
        await person.opens("/status")
        sections = {each.one("h2").text: each.text for each in person.page.all("section")}
        assert "We know of no problem." in sections["Problems now"]
        assert "The portal is closed" in sections["Planned downtime"]
        assert "From 15 May 2026" in sections["Planned downtime"]
        assert "Paid on Friday." in sections["Fixed in the last seven days"]
        here.clock.advance(8 * DAY)
        await person.opens("/status")
        assert "The portal is closed" not in person.text
        assert "Paid on Friday." not in person.text


async def test_the_pages_can_be_narrowed_to_a_service_and_kept_for_a_minute(
    here: Running,
) -> None:
    await a_problem(here)
    await an_action(here)
    async with on_the_web(here) as person:
        for path, text in (("/status", "A file came late."), ("/results", "two days earlier")):
            await person.opens(f"{path}?service=it")
            assert text not in person.text
            await person.opens(f"{path}?service=nonsense")
            assert text in person.text
            answer = await person.http.get(f"{path}?service=payroll")
            assert answer.headers["cache-control"] == "public, max-age=60"
            assert "set-cookie" not in answer.headers


async def test_results_are_told_by_the_meeting_that_asked(here: Running) -> None:
    await an_action(here, meeting="Schools forum", meeting_on=date(2026, 7, 9))
    async with on_the_web(here) as person:
        await person.opens("/results")

        assert person.heading == "You said, we did"
        (section,) = person.page.all("section")
        assert section.one("h2").text == "Schools forum, 9 July 2026"
        assert "Payslips are late." in section.text
        assert "The pay run starts two days earlier." in section.text
        assert "Head of HR" not in person.text


async def test_in_welsh_a_text_that_is_there_in_welsh_is_shown_in_it(here: Running) -> None:
    await an_action(here)
    async with on_the_web(here) as person:
        await person.opens("/results?language=cy")

        assert "Mae slipiau cyflog yn hwyr." in person.text
        english = person.page.all("span", lang="en")
        assert [each.text for each in english] == ["The pay run starts two days earlier."]


async def test_only_what_is_published_is_there(here: Running) -> None:
    said = ActionSaid(title="Plan", service="it", owner="IT", due_on=date(2026, 9, 1))
    await here.core.actions.add(said, looker=await looking(here), by=WORKER)
    async with on_the_web(here) as person:
        await person.opens("/results")

        assert "Nothing is published yet" in person.text


async def test_a_linked_measure_without_a_published_figure_says_nothing(here: Running) -> None:
    await here.publish("service-satisfaction")
    await an_action(here, (LinkKind.MEASURE, "service-satisfaction/satisfaction"))
    await an_action(here, (LinkKind.MEASURE, "service-satisfaction/no-such"))
    async with on_the_web(here) as person:
        await person.opens("/results")

        assert person.status == 200
        assert "Figure" not in person.text
