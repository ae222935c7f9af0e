"""One act on many reports: progress, what was refused and why, and nobody else's run."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from api.app import create_app
from api.staff.case_runs import CaseRuns, Stage
from survey.domain import case_acts as acts
from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR, Actor
from survey.domain.case_access import Looker
from survey.domain.case_records import Problem
from survey.domain.cases import Case, CaseState
from survey.errors import Busy
from tests.support.application import NOON, Running
from tests.support.cases import a_case, an_entry
from tests.support.staff import an_account, signed_in
from tests.support.web import WebPerson

PATH = "/staff/cases"
WORKER = Grant(Role.CASE_WORKER)


@pytest.fixture
async def worker(here: Running) -> AsyncIterator[WebPerson]:
    async with signed_in(here, WORKER) as person:
        yield person


async def now(here: Running, case: Case) -> Case:
    async with here.core.begin.read() as work:
        found = await work.cases.get(case.id)
    assert found is not None
    return found


async def over(person: WebPerson) -> None:
    while "is done." in person.text:
        await asyncio.sleep(0.01)
        await person.reloads()


def refused(person: WebPerson) -> dict[str, str]:
    lists = person.page.all("dl", class_="tb-known")
    return {row.one("dt").text: row.one("dd").text for each in lists for row in each.all("div")}


async def test_many_are_given_to_somebody_and_refusals_say_why(
    here: Running, worker: WebPerson
) -> None:
    """Each stands by itself: what one is refused, others are not."""
    rae = await an_account(here, Grant(Role.CASE_WORKER, service="payroll"), name="Rae Lund")
    pay, other = await a_case(here), await a_case(here, service="it")
    ended = await an_entry(here, await a_case(here), acts.declined("other", "No"))
    untouched = await a_case(here)
    await worker.opens(f"{PATH}?state=all")
    for each in (pay, other, ended):
        worker.chooses(each.reference)
    worker.picks("assign", of="act")
    await worker.presses("Go on")
    assert "3 reports" in worker.text
    worker.picks("Rae Lund", of="owner")
    await worker.presses("Give it to them")
    await over(worker)

    assert "Done: 1" in worker.text
    assert "Not done: 2" in worker.text
    assert set(refused(worker)) == {other.reference, ended.reference}
    assert all("may not work on it" in why for why in refused(worker).values())
    assert (await now(here, pay)).owner == rae.id
    assert (await now(here, other)).owner is (await now(here, untouched)).owner is None


async def test_all_that_a_list_shows_are_linked_to_a_problem(
    here: Running, worker: WebPerson
) -> None:
    problem = Problem(here.core.ids.uuid(), "Payslips twice", "payroll", NOON)
    async with here.core.begin() as work:
        await work.problems.add(problem)
        await work.commit()
    pay = [await a_case(here) for _ in range(3)]
    other = await a_case(here, service="it")
    await worker.opens(f"{PATH}?service=payroll")
    worker.picks("link", of="act")
    await worker.presses("Go on with all that are found")
    worker.picks("Payslips twice", of="problem")
    await worker.presses("Save")
    await over(worker)

    assert "Done: 3" in worker.text
    assert [(await now(here, each)).problem for each in pay] == [problem.id] * 3
    assert (await now(here, other)).problem is None


async def test_declining_many_needs_the_words_that_each_reporter_reads(
    here: Running, worker: WebPerson
) -> None:
    case = await a_case(here)
    await worker.opens(PATH)
    worker.chooses(case.reference)
    worker.picks("decline", of="act")
    await worker.presses("Go on")
    await worker.presses("Close it")
    assert worker.error == "Write something"
    worker.types("The old portal is gone", into="text")
    await worker.presses("Close it")
    await over(worker)

    assert (await now(here, case)).state is CaseState.DECLINED


async def test_who_ticks_none_is_told_and_nothing_is_done(worker: WebPerson, here: Running) -> None:
    case = await a_case(here)
    await worker.opens(PATH)
    await worker.presses("Go on")

    assert "Nothing was done: no report was ticked." in worker.text
    assert (await now(here, case)).revision == 1


async def test_what_is_elsewhere_is_refused_as_if_it_were_not_there(here: Running) -> None:
    pay, it = await a_case(here), await a_case(here, service="it")
    async with signed_in(here, Grant(Role.CASE_WORKER, service="payroll")) as worker:
        await worker.opens(PATH)
        worker.picks("acknowledge", of="act")
        worker.chooses(pay.reference)
        await worker.presses("Go on")
        both = f"{pay.reference} {it.reference}"
        await worker.sends(worker.sending("Acknowledge").with_(cases=both))
        await over(worker)

        assert "Done: 1" in worker.text
        assert "not yours" in refused(worker)[it.reference]
    assert (await now(here, it)).state is CaseState.NEW


async def test_a_run_is_shown_to_whoever_began_it_alone(here: Running, worker: WebPerson) -> None:
    case = await a_case(here)
    app = create_app(here.core, here.figures)
    runs: CaseRuns = app.state.case_runs
    trees = await here.core.organisation.trees()
    looker = Looker(here.core.ids.uuid(), frozenset({WORKER}), trees)
    run = runs.begin([case.reference], lambda _: None, title="x", looker=looker, by=OPERATOR)
    async with signed_in(here, WORKER, app=app) as other:
        await other.opens(f"{PATH}/many/{run.id}")
        assert "The list of it is not kept." in other.text
    assert runs.find(run.id, by=Actor.account(UUID(int=1))) is None
    await asyncio.gather(*runs._tasks)
    assert runs.find(run.id, by=OPERATOR) is run


async def test_too_many_at_a_time_are_sent_away_and_a_fault_is_said(here: Running) -> None:
    case = await a_case(here)
    runs = CaseRuns(here.core, most=1)
    looker = Looker(here.core.ids.uuid(), frozenset({WORKER}), await here.core.organisation.trees())

    def breaks(_: Case) -> None:
        raise RuntimeError

    run = runs.begin([case.reference], breaks, title="x", looker=looker, by=OPERATOR)
    with pytest.raises(Busy):
        runs.begin([case.reference], breaks, title="x", looker=looker, by=OPERATOR)
    await asyncio.gather(*runs._tasks)
    assert run.stage is Stage.FAILED
