"""Working cases: what roles let somebody see and do, one at a time and many at once."""

from uuid import uuid4

import pytest

from survey.domain import case_acts as acts
from survey.domain.access import Trees
from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR, Actor
from survey.domain.case_access import Looker
from survey.domain.case_records import CaseQuery, Problem
from survey.domain.cases import Case, CaseKind, CaseState, EntryKind, Priority, Said
from survey.errors import (
    CaseRefused,
    ChangedMeanwhile,
    FieldsRejected,
    NotFound,
    ReporterLeftOut,
)
from tests.support.application import Running
from tests.support.cases import a_case
from tests.support.stored import audited

WORKER = Actor.account(uuid4())


async def looking(here: Running, *grants: Grant) -> Looker:
    trees: Trees = await here.core.organisation.trees()
    return Looker(uuid4(), frozenset(grants or [Grant(Role.CASE_WORKER)]), trees)


async def test_a_list_shows_what_roles_reach_and_a_case_elsewhere_is_not_there(
    here: Running,
) -> None:
    pay, it = await a_case(here), await a_case(here, service="it")
    payroll = await looking(here, Grant(Role.CASE_WORKER, "", "payroll"))
    cases = here.core.cases

    assert [each.id for each in (await cases.listed(CaseQuery(), payroll)).cases] == [pay.id]
    assert await cases.count(CaseQuery(), payroll) == 1
    assert await cases.count(CaseQuery(), await looking(here, Grant(Role.VIEWER))) == 0
    found = await cases.get(pay.reference.lower().replace("-", " "), payroll)
    assert (found.case, len(found.timeline), found.files) == (pay, 1, ())
    for reference in (it.reference, "P-0000", "nonsense"):
        with pytest.raises(NotFound):
            await cases.get(reference, payroll)
        with pytest.raises(NotFound):
            await cases.act(reference, acts.started(), looker=payroll, by=WORKER)


async def test_what_is_done_is_on_the_timeline_and_on_the_record(here: Running) -> None:
    case, looker = await a_case(here), await looking(here)

    after = await here.core.cases.act(
        case.reference, acts.acknowledged("Thank you"), acts.started(), looker=looker, by=WORKER
    )

    found = await here.core.cases.get(case.reference, looker)
    assert (after.state, found.case) == (CaseState.IN_PROGRESS, after)
    assert [each.kind for each in found.timeline] == ["reported", "acknowledged", "started"]
    assert found.timeline[1].actor == str(WORKER)
    actions = [each.action for each in await audited(here) if each.action.startswith("case.")]
    assert actions == ["case.reported", "case.acknowledged", "case.started"]


async def test_whoever_decides_by_what_has_changed_meanwhile_changes_nothing(
    here: Running,
) -> None:
    case, looker = await a_case(here), await looking(here)
    await here.core.cases.act(case.reference, acts.started(), looker=looker, by=WORKER)

    with pytest.raises(ChangedMeanwhile):
        await here.core.cases.act(
            case.reference, acts.declined("not_ours", "No"), looker=looker, by=WORKER, seen=1
        )
    assert (await here.core.cases.get(case.reference, looker)).case.state.open


async def test_one_goes_on_as_another_and_both_say_so(here: Running) -> None:
    one, other, looker = await a_case(here), await a_case(here), await looking(here)

    await here.core.cases.merge(one.reference, other.reference, looker=looker, by=WORKER)

    first = await here.core.cases.get(one.reference, looker)
    second = await here.core.cases.get(other.reference, looker)
    assert (first.case.state, first.case.merged_into) == (CaseState.MERGED, other.id)
    assert second.timeline[-1].kind is EntryKind.TOOK_IN
    assert second.timeline[-1].data["reference"] == one.reference
    for wrong in (one.reference, other.reference):
        with pytest.raises(CaseRefused):
            await here.core.cases.merge(other.reference, wrong, looker=looker, by=WORKER)
    assert (await here.core.cases.get(other.reference, looker)).case.state.open


async def test_nobodys_report_goes_on_as_one_of_which_somebody_else_is_told(
    here: Running,
) -> None:
    looker, by = await looking(here), WORKER
    one, again, other = [
        (await a_case(here, email=f"{name}@school.example")).reference
        for name in ("ann", "ann", "ben")
    ]

    with pytest.raises(ReporterLeftOut):
        await here.core.cases.merge(one, other, looker=looker, by=by)
    assert (await here.core.cases.get(one, looker)).case.state.open

    await here.core.cases.merge(again, one, looker=looker, by=by)
    assert (await here.core.cases.get(again, looker)).case.state is CaseState.MERGED


async def test_of_many_each_stands_by_itself_and_progress_is_told(here: Running) -> None:
    some = [await a_case(here) for _ in range(3)]
    ended = await here.core.cases.act(
        some[1].reference,
        acts.declined("not_ours", "No"),
        looker=await looking(here),
        by=WORKER,
    )
    told: list[float] = []

    def high(case: Case) -> Said | None:
        return acts.sorted_(case, priority=Priority.HIGH)

    bulk = await here.core.cases.on_many(
        [*(each.reference for each in some), "P-0000", some[0].reference],
        lambda case: acts.started() if case.id != some[2].id else high(case),
        looker=await looking(here),
        by=WORKER,
        progress=told.append,
    )

    assert bulk.done == (some[0].reference, some[2].reference)
    assert bulk.refused == ((ended.reference, "case_refused"), ("P-0000", "not_found"))
    assert told == [0.25, 0.5, 0.75, 1.0]


async def test_a_part_goes_on_as_a_case_of_its_own_for_the_same_reporter(here: Running) -> None:
    case, looker = await a_case(here, email="ann@oakfield.example"), await looking(here)

    part = await here.core.cases.split(
        case.reference,
        "The printer as well",
        service="it",
        kind=CaseKind.BROKEN,
        looker=looker,
        by=WORKER,
        seen=1,
    )

    made = await here.core.cases.get(part.reference, looker)
    assert (made.case.service, made.case.email, made.case.state) == ("it", case.email, "new")
    assert made.timeline[0].text == "The printer as well"
    before = await here.core.cases.get(case.reference, looker)
    assert before.timeline[-1].kind is EntryKind.SPLIT
    assert before.timeline[-1].data["reference"] == part.reference
    payroll = await looking(here, Grant(Role.CASE_WORKER, "", "payroll"))
    with pytest.raises(FieldsRejected):
        await here.core.cases.split(
            case.reference,
            "x",
            service="it",
            kind=CaseKind.BROKEN,
            looker=payroll,
            by=WORKER,
        )
    with pytest.raises(ChangedMeanwhile):
        await here.core.cases.split(
            case.reference,
            "x",
            service="it",
            kind=CaseKind.BROKEN,
            looker=looker,
            by=WORKER,
            seen=1,
        )
    assert await here.core.cases.count(CaseQuery(), looker) == 2


async def test_a_list_takes_several_services_and_shows_what_each_began_with(
    here: Running,
) -> None:
    looker = await looking(here)
    pay, _ = await a_case(here, text="Wrong again"), await a_case(here, service="it")
    query = CaseQuery(services=frozenset({"payroll", "hr"}), units=frozenset({""}))

    found = (await here.core.cases.listed(query, looker)).cases

    assert [each.id for each in found] == [pay.id]
    assert (await here.core.cases.reports(found))[pay.id].text == "Wrong again"
    elsewhere = CaseQuery(units=frozenset({"oakfield"}))
    assert await here.core.cases.count(elsewhere, looker) == 0


async def test_what_is_for_few_or_of_anothers_problem_is_linked_to_none(here: Running) -> None:
    problem = Problem(uuid4(), "Payslips", "payroll", here.clock.now(), told="We work on it.")
    async with here.core.begin() as work:
        await work.problems.add(problem)
        await work.commit()
    few = await a_case(here, restricted=True, unit="oakfield")
    hrs = await a_case(here, service="hr")
    trees = await here.core.organisation.trees()
    everywhere = Looker(uuid4(), frozenset([Grant(Role.ADMINISTRATOR)]), trees)
    of_hr = Looker(uuid4(), frozenset([Grant(Role.CASE_WORKER, service="hr")]), trees)
    link = acts.linked(problem.id)

    with pytest.raises(CaseRefused):
        await here.core.cases.act(few.reference, link, looker=everywhere, by=OPERATOR)
    with pytest.raises(NotFound):
        await here.core.cases.act(hrs.reference, link, looker=of_hr, by=OPERATOR)
    async with here.core.begin.read() as work:
        assert await work.problems.open_cases([problem.id]) == {}


async def test_a_report_for_few_and_one_for_all_are_not_merged(here: Running) -> None:
    few, open_one = await a_case(here, restricted=True), await a_case(here)
    trees = await here.core.organisation.trees()
    looker = Looker(uuid4(), frozenset([Grant(Role.ADMINISTRATOR)]), trees)

    for one, other in ((few, open_one), (open_one, few)):
        with pytest.raises(CaseRefused):
            await here.core.cases.merge(one.reference, other.reference, looker=looker, by=OPERATOR)
