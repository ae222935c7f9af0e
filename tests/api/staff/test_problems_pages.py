"""/staff/problems and /staff/actions: noted, linked, changed, and told to those who wait for it."""

from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from survey.domain.accounts import Grant, Role
from survey.domain.case_access import Looker
from survey.domain.case_records import Action, LinkKind, Problem, ProblemState
from survey.services import announcing
from tests.support.application import Running, running
from tests.support.cases import a_case
from tests.support.staff import signed_in
from tests.support.web import WebPerson

WORKER: Final = Grant(Role.CASE_WORKER)
OF_IT: Final = Grant(Role.CASE_WORKER, "", "it")
PART: Final = "They are part of it"
ADD: Final = "/staff/problems/add?service=payroll&case="
LATE: Final = "Overtime was not paid in the April pay run"
AGAIN: Final = "My overtime for April was not paid"


async def looking(here: Running) -> Looker:
    return Looker(uuid4(), frozenset([WORKER]), await here.core.organisation.trees())


async def only_problem(here: Running) -> Problem:
    (standing,) = await here.core.problems.listed(await looking(here), open_only=False)
    return standing.problem


async def only_action(here: Running) -> Action:
    (action,) = await here.core.actions.listed(await looking(here))
    return action


async def saves(person: WebPerson, **typed: str) -> None:
    await person.sends(person.sending("Save").with_(**typed))


async def test_reports_that_sound_alike_become_a_problem_and_are_told(here: Running) -> None:
    one = await a_case(here, text=LATE, unit="oakfield", chat="telegram:1:2")
    two = await a_case(here, text=AGAIN, unit="elmwood")
    async with signed_in(here, WORKER) as person:
        await person.opens("/staff/problems?service=payroll")
        assert LATE in person.text
        links = [each.attributes["href"] for each in person.page.all("a")]
        await person.opens(next(each for each in links if each.startswith(ADD)))
        assert one.reference in person.text
        assert two.reference in person.text
        await saves(person, title="April overtime")
        assert person.heading == "April overtime"
        problem = await only_problem(here)
        found = await here.core.problems.get(problem.id, await looking(here))
        assert {each.id for each in found.cases} == {one.id, two.id}

        await person.opens(f"/staff/problems/{problem.id}/edit")
        told = {"told": "We pay it in May.", "update_by": "2026-05-20", "update_by-time": "16:00"}
        await saves(person, **told)
        assert person.heading == "April overtime"
        assert "20 May 2026" in person.text
        await person.opens("/status")
        assert "We pay it in May." in person.text
        assert "2 schools or departments report this." in person.text


async def test_what_is_told_without_saying_when_more_is_said_is_refused_kindly(
    here: Running,
) -> None:
    async with signed_in(here, WORKER) as person:
        await person.opens("/staff/problems/add?service=payroll")
        await saves(person, title="", told="We know", update_by="never")
        assert person.status == 422
        assert person.error == "Enter a real day and time."
        await saves(person, title="", update_by="")
        assert person.status == 422
        assert "Say when you will say more." in person.page.text
        assert "Enter a title." in person.page.text


async def test_reports_are_added_by_reference_and_taken_out(here: Running) -> None:
    case = await a_case(here)
    hidden = await a_case(here, restricted=True)
    async with signed_in(here, WORKER) as person:
        await person.opens("/staff/problems/add?service=payroll")
        await saves(person, title="Late")
        path = person.path
        await person.sends(person.sending(PART).with_(case=hidden.reference))
        assert "no report that you may link" in person.page.text
        await person.opens(path)
        await person.sends(person.sending(PART).with_(case=case.reference.lower()))
        assert case.reference in person.text
        await person.presses(f"Take it out {case.reference}")
        assert "No report is part of it yet." in person.text


async def test_who_works_another_service_sees_neither(here: Running) -> None:
    async with signed_in(here, WORKER) as person:
        await person.opens("/staff/problems/add?service=payroll")
        await saves(person, title="Late")
        await person.opens("/staff/actions/add?service=payroll")
        await saves(person, title="Pay", owner="HR", due_on="2026-09-01")
    problem, action = await only_problem(here), await only_action(here)
    async with signed_in(here, OF_IT) as person:
        for path in ("/staff/problems", "/staff/actions"):
            await person.opens(path)
            assert "Late" not in person.text
            assert "Pay" not in person.text
        for path in (f"/staff/problems/{problem.id}", f"/staff/actions/{action.id}"):
            for end in ("", "/edit"):
                assert (await person.http.get(path + end)).status_code == 404
    async with signed_in(here, Grant(Role.VIEWER)) as person:
        assert (await person.http.get("/staff/problems")).status_code == 403


async def test_b43_two_who_change_a_problem_see_what_stands(here: Running) -> None:
    async with signed_in(here, WORKER) as person:
        await person.opens("/staff/problems/add?service=payroll")
        await saves(person, title="Late")
        problem = await only_problem(here)
        await person.opens(f"/staff/problems/{problem.id}/edit")
        form = person.sending("Save")
        await person.sends(form.with_(cause="A late file"))
        await person.sends(form.with_(cause="Something else"))

        assert person.status == 409
        assert "A late file" in person.text
        assert (await only_problem(here)).cause == "A late file"


async def test_planned_downtime_is_noted_with_its_hours(here: Running) -> None:
    async with signed_in(here, WORKER) as person:
        await person.opens("/staff/problems/add?planned=1&service=it")
        assert person.heading == "Plan downtime"
        times = {
            "begins_at": "2026-05-16",
            "begins_at-time": "08:00",
            "ends_at": "2026-05-16",
            "ends_at-time": "12:00",
        }
        await saves(person, title="E-mail moves", told="No e-mail.", **times)
        problem = await only_problem(here)

        assert problem.planned
        assert problem.begins_at is not None
        assert problem.begins_at.hour == 7
        await person.opens("/status")
        assert "E-mail moves" in person.text


async def test_an_action_is_planned_late_done_and_told_after_a_preview(here: Running) -> None:
    case = await a_case(here, chat="telegram:1:2")
    async with signed_in(here, WORKER) as person:
        await person.opens(f"/staff/actions/add?service=payroll&case={case.reference}")
        await saves(person, title="Pay earlier", owner="Head of HR")
        assert person.error == "Enter the day on which it is due."
        await saves(person, due_on="2026-05-01")
        assert "It is overdue." in person.text
        await person.opens("/staff/actions")
        assert "Overdue: 1." in person.text
        action = await only_action(here)
        assert action.links == ((LinkKind.CASE, case.reference),)

        await person.opens(f"/staff/actions/{action.id}/edit")
        words = {"said_en": "Pay is late.", "did_en": "It is earlier.", "state": "done"}
        await saves(person, **words)
        await person.opens(f"/staff/actions/{action.id}/publish")
        assert person.lines["Told in their own report"] == "1"
        await person.presses("Tell them")
        assert "It is told." in person.page.text
        await person.opens("/results")
        assert "It is earlier." in person.text


async def test_telling_twice_sends_nothing_twice(here: Running) -> None:
    async with signed_in(here, WORKER) as person:
        await person.opens("/staff/actions/add?service=payroll")
        words = {"said_en": "Late.", "did_en": "Earlier."}
        await saves(person, title="Pay", owner="HR", due_on="2026-09-01", **words)
        action = await only_action(here)
        await person.opens(f"/staff/actions/{action.id}/publish")
        form = person.sending("Tell them")
        await person.sends(form)
        await person.sends(form)

        assert "Nothing was sent." in person.page.text
        assert (await only_action(here)).revision == 2


async def test_a_link_to_nothing_is_named(here: Running) -> None:
    async with signed_in(here, WORKER) as person:
        await person.opens("/staff/actions/add?service=payroll")
        await saves(person, title="Pay", owner="HR", due_on="2026-09-01", cases="P-0000")
        assert person.error == "One of these is no report that can be linked."


async def test_fixed_is_said_to_all_and_stands_on_the_list(here: Running) -> None:
    case = await a_case(here, chat="telegram:1:2")
    async with signed_in(here, WORKER) as person:
        await person.opens(f"/staff/problems/add?service=payroll&case={case.reference}")
        await saves(person, title="Late")
        problem = await only_problem(here)
        await person.opens(f"/staff/problems/{problem.id}/edit")
        await saves(person, state="fixed", told="Paid.")
        assert (await only_problem(here)).state is ProblemState.FIXED
        await person.opens("/staff/problems")
        assert "No problem is noted." in person.text
        await person.opens("/staff/problems?all=1")
        assert "Late" in person.text


async def test_how_far_the_telling_of_many_is_stands_on_the_page(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "AT_ONCE", 2)
    cases = [await a_case(here, chat=f"telegram:1:{number + 2}") for number in range(3)]
    about = "".join(f"&case={each.reference}" for each in cases)
    async with signed_in(here, WORKER) as person:
        await person.opens(f"/staff/problems/add?service=payroll{about}")
        await saves(person, title="Late")
        path = person.path
        assert "Reports in which it was told" not in person.lines
        await person.opens(f"{path}/edit")
        await saves(person, state="fixed", told="Paid.")
        assert person.lines["Reports in which it was told"] == "2 of 3 so far"

        await here.core.announcing.tell_due()
        await person.opens(path)
        assert person.lines["Reports in which it was told"] == "3"


async def test_what_many_would_be_told_is_told_once_somebody_else_agrees(
    database_url: str, tmp_path: Path
) -> None:
    async with running(database_url, tmp_path, approval_above=1) as here:
        cases = [await a_case(here, chat=f"telegram:1:{number + 2}") for number in range(2)]
        about = "".join(f"&case={each.reference}" for each in cases)
        async with signed_in(here, WORKER) as one, signed_in(here, WORKER) as other:
            await one.opens(f"/staff/actions/add?service=payroll{about}")
            words = {"said_en": "Late.", "did_en": "Earlier."}
            await saves(one, title="Pay", owner="HR", due_on="2026-09-01", **words)
            path = one.path
            await one.opens(f"{path}/publish")
            assert "More than 1 people would be told." in one.text
            await one.presses("Let a second person agree")
            assert "Somebody else has to agree now." in one.page.text
            assert "wants to tell this to many people" in one.text
            await one.opens(f"{path}/publish")
            assert "Somebody else has to agree" in one.text
            assert "Agree and tell them" not in one.text

            await other.opens(path)
            await other.opens(f"{path}/publish")
            form = other.sending("Agree and tell them")
            await other.sends(form.with_(number="1"))
            assert "Nothing was sent." in other.page.text
            await other.sends(form)
            assert "It is told." in other.page.text
            assert other.lines["Reports in which it was told"] == "2"


async def test_what_is_being_told_is_changed_later_and_what_was_typed_stays(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "AT_ONCE", 2)
    cases = [await a_case(here, chat=f"telegram:1:{each}") for each in (1, 2, 3)]
    about = "".join(f"&case={each.reference}" for each in cases)
    async with signed_in(here, WORKER) as person:
        await person.opens(f"/staff/actions/add?service=payroll{about}")
        words = {"said_en": "Late.", "did_en": "Earlier."}
        await saves(person, title="Pay", owner="HR", due_on="2026-09-01", **words)
        action = await only_action(here)
        await person.opens(f"/staff/actions/{action.id}/publish")
        await person.presses("Tell them")
        await person.opens(f"/staff/actions/{action.id}/edit")

        await saves(person, did_en="Something else.")

        assert person.status == 409
        assert person.error is not None
        assert person.error.startswith("It is being told just now.")
        assert ("did_en", "Something else.") in person.sending("Save").fields
        assert (await only_action(here)).did == {"en": "Earlier."}
