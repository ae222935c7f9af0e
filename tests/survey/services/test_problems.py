"""Problems: grouped by a person, told once to those who report them, raised again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from survey.domain import case_acts as acts
from survey.domain.accounts import Grant, Role
from survey.domain.audit import Actor
from survey.domain.case_access import Looker
from survey.domain.case_records import Problem, ProblemState, TellingKind
from survey.domain.cases import Case, CaseState, EntryKind, Verdict
from survey.domain.problems import ProblemSaid
from survey.errors import ChangedMeanwhile, FieldsRejected, NotFound
from survey.services import problems
from survey.services.reporters import Reporter
from tests.support.application import Running
from tests.support.cases import a_case, an_entry, payroll_has_a_part
from tests.support.stored import audited

WORKER = Actor.account(uuid4())
SAID = ProblemSaid(title="Payslips are late", service="payroll")
DAY = timedelta(days=1)


async def looking(here: Running, *grants: Grant) -> Looker:
    trees = await here.core.organisation.trees()
    return Looker(uuid4(), frozenset(grants or [Grant(Role.CASE_WORKER)]), trees)


async def a_problem(here: Running, *cases: Case, **more: Any) -> Problem:
    return await here.core.problems.add(
        replace(SAID, **more),
        [each.reference for each in cases],
        looker=await looking(here),
        by=WORKER,
    )


async def changed(here: Running, problem: Problem, **more: Any) -> Problem:
    return await here.core.problems.change(
        problem.id,
        replace(ProblemSaid.of(problem), **more),
        expected_revision=problem.revision,
        looker=await looking(here),
        by=WORKER,
    )


async def tellings(here: Running, case: Case) -> list[TellingKind]:
    async with here.core.begin.read() as work:
        return [each.kind for each in await work.tellings.of_case(case.id)]


async def case_now(here: Running, case: Case) -> Case:
    async with here.core.begin.read() as work:
        found = await work.cases.get(case.id)
    assert found is not None
    return found


async def test_a_problem_stands_with_its_reports_and_schools(here: Running) -> None:
    first = await a_case(here, unit="oakfield")
    second = await a_case(here, unit="elmwood")
    third = await a_case(here, unit="oakfield")
    problem = await a_problem(here, first, second, third)

    found = await here.core.problems.get(problem.id, await looking(here))
    (standing,) = await here.core.problems.listed(await looking(here), open_only=True)

    assert {each.id for each in found.cases} == {first.id, second.id, third.id}
    assert found.schools == ("oakfield", "elmwood")
    assert (standing.problem, standing.schools, standing.open_cases) == (problem, 2, 3)


async def test_a_problem_of_a_service_that_is_not_theirs_is_not_there(here: Running) -> None:
    problem = await a_problem(here, await a_case(here))
    it = await looking(here, Grant(Role.CASE_WORKER, "", "it"))
    problems = here.core.problems

    assert await problems.listed(it, open_only=False) == []
    for attempt in (
        problems.get(problem.id, it),
        problems.link(problem.id, [], looker=it, by=WORKER),
        problems.change(problem.id, SAID, expected_revision=1, looker=it, by=WORKER),
    ):
        with pytest.raises(NotFound):
            await attempt
    with pytest.raises(FieldsRejected):
        await problems.add(SAID, looker=it, by=WORKER)


async def test_a_report_that_few_may_see_is_part_of_no_problem(here: Running) -> None:
    case = await a_case(here, restricted=True)

    with pytest.raises(NotFound):
        await a_problem(here, case)
    assert await here.core.problems.listed(await looking(here), open_only=False) == []


async def test_whoever_reports_it_is_told_once_of_what_is_told_anew(here: Running) -> None:
    chat = "telegram:1:2"
    told, silent = await a_case(here, chat=chat), await a_case(here)
    problem = await a_problem(here, told, silent)
    until = here.clock.now() + DAY

    problem = await changed(here, problem, told="A file came late.", update_by=until)
    problem = await changed(here, problem, cause="A late file")
    problem = await changed(here, problem, told="A file came late.", update_by=until)

    async with here.core.begin.read() as work:
        timeline = await work.cases.timeline(told.id)
    planned = [each for each in timeline if each.kind is EntryKind.PLANNED]
    assert [each.text for each in planned] == ["A file came late."]
    assert await tellings(here, told) == [TellingKind.UPDATE]
    assert await tellings(here, silent) == []


async def test_who_made_a_report_is_told_what_is_known_as_it_is_linked(here: Running) -> None:
    first, second, third = [await a_case(here, chat=f"telegram:1:{n}") for n in range(3)]
    looker, until = await looking(here), here.clock.now() + DAY

    problem = await a_problem(here, first, told="A file came late.", update_by=until)
    await here.core.problems.link(problem.id, [second.reference], looker=looker, by=WORKER)
    await here.core.cases.act(third.reference, acts.linked(problem.id), looker=looker, by=WORKER)

    for case in (first, second, third):
        assert await tellings(here, case) == [TellingKind.UPDATE]
        async with here.core.begin.read() as work:
            assert (await work.cases.timeline(case.id))[-1].text == "A file came late."


async def test_who_is_asked_whether_it_is_fixed_is_told_no_plan_as_it_is_linked(
    here: Running,
) -> None:
    case = await an_entry(here, await a_case(here, chat="telegram:1:2"), acts.fixed("Paid."))

    await a_problem(here, case, told="A file came late.", update_by=here.clock.now() + DAY)

    assert await tellings(here, case) == [TellingKind.FIXED]


async def test_when_it_is_fixed_each_reporter_is_asked_whether_it_is(here: Running) -> None:
    case, over = await a_case(here, chat="telegram:1:2"), await a_case(here)
    problem = await a_problem(here, case, over)
    await here.core.cases.act(
        over.reference, acts.declined("not_ours", "No"), looker=await looking(here), by=WORKER
    )

    problem = await changed(here, problem, state=ProblemState.FIXED, told="Sent again.")

    assert problem.fixed_at == here.clock.now()
    assert (await case_now(here, case)).state is CaseState.FIXED
    assert (await case_now(here, over)).state is CaseState.DECLINED
    assert await tellings(here, case) == [TellingKind.FIXED]


async def test_a_new_report_after_the_fix_raises_it_again(here: Running) -> None:
    problem = await a_problem(here, await a_case(here))
    problem = await changed(here, problem, state=ProblemState.FIXED, told="Sent again.")
    here.clock.advance(89 * DAY)
    late = await a_case(here)
    looker = await looking(here)

    await here.core.problems.link(problem.id, [late.reference], looker=looker, by=WORKER)

    found = (await here.core.problems.get(problem.id, looker)).problem
    assert (found.state, found.recurrences, found.fixed_at) == (ProblemState.OPEN, 1, None)
    assert "problem.recurred" in [each.action for each in await audited(here)]


async def test_a_report_from_before_the_fix_or_long_after_it_does_not(here: Running) -> None:
    early = await a_case(here)
    here.clock.advance(DAY)
    problem = await a_problem(here, await a_case(here))
    problem = await changed(here, problem, state=ProblemState.FIXED, told="Sent again.")
    looker = await looking(here)
    await here.core.problems.link(problem.id, [early.reference], looker=looker, by=WORKER)
    here.clock.advance(91 * DAY)
    late = await a_case(here)
    await here.core.problems.link(problem.id, [late.reference], looker=looker, by=WORKER)

    found = (await here.core.problems.get(problem.id, looker)).problem
    assert (found.state, found.recurrences) == (ProblemState.FIXED, 0)


async def test_a_reporter_who_says_no_raises_the_problem_again(here: Running) -> None:
    case = await a_case(here, chat="telegram:1:2")
    problem = await a_problem(here, case)
    await changed(here, problem, state=ProblemState.FIXED, told="Sent again.")

    await here.core.own_cases.judge(case.id, Verdict.NOT_FIXED, who=Reporter(chat="telegram:1:2"))

    found = (await here.core.problems.get(problem.id, await looking(here))).problem
    assert (found.state, found.recurrences) == (ProblemState.OPEN, 1)


async def test_reports_that_sound_alike_are_suggested_and_a_person_decides(here: Running) -> None:
    texts = (
        "Overtime was not paid in the April pay run",
        "My overtime for April was not paid",
        "Three teaching assistants have no payslip on the portal",
    )
    alike = [await a_case(here, text=text) for text in texts]
    await a_case(here, text=texts[0], service="it")
    await a_case(here, text=texts[0], restricted=True)
    looker = await looking(here)

    (group,) = await here.core.problems.suggested("payroll", looker)

    assert {each.id for each in group.cases} == {alike[0].id, alike[1].id}
    assert "overtime" in group.words
    assert group.texts[alike[0].id] == texts[0]
    problem = await a_problem(here, alike[0], title="Overtime is missing")
    assert await here.core.problems.suggested("payroll", looker) == []
    found = await here.core.problems.get(problem.id, looker)
    assert [each.id for each in found.alike] == [alike[1].id]


async def test_old_reports_are_not_suggested(here: Running) -> None:
    for _ in range(2):
        await a_case(here, text="Overtime was not paid in April")
    here.clock.advance(91 * DAY)

    assert await here.core.problems.suggested("payroll", await looking(here)) == []


async def test_a_report_can_be_taken_out_again(here: Running) -> None:
    case = await a_case(here)
    problem = await a_problem(here, case)
    looker = await looking(here)

    await here.core.problems.unlink(problem.id, case.reference, looker=looker, by=WORKER)

    assert (await here.core.problems.get(problem.id, looker)).cases == ()
    assert (await case_now(here, case)).problem is None


async def test_two_who_change_it_at_once_see_a_difference(here: Running) -> None:
    problem = await a_problem(here)
    await changed(here, problem, cause="A late file")

    with pytest.raises(ChangedMeanwhile) as refused:
        await changed(here, problem, cause="Something else")
    assert isinstance(refused.value.now, Problem)
    assert refused.value.now.cause == "A late file"


async def test_every_change_is_on_the_record_without_what_was_written(here: Running) -> None:
    problem = await a_problem(here)
    await changed(here, problem, cause="Mr Jones forgot it")

    noted = [each for each in await audited(here) if each.subject == f"problem:{problem.id}"]
    assert [each.action for each in noted] == ["problem.added", "problem.changed"]
    assert noted[1].details == {"fields": ["cause"], "state": "open"}


async def test_anybody_reads_what_is_told_the_latest_word_first(here: Running) -> None:
    soon = here.clock.now() + DAY
    first = await a_problem(here, told="We know", update_by=soon)
    await a_problem(here, title="Not told")
    here.clock.advance(timedelta(hours=1))
    second = await a_problem(here, told="We know too", update_by=soon, service="it")

    known = await here.core.problems.known()

    assert [each.problem.id for each in known] == [second.id, first.id]
    assert [each.problem.id for each in await here.core.problems.known(service="it")] == [second.id]


async def test_what_is_known_of_a_service_is_known_of_those_below_it_too(here: Running) -> None:
    await payroll_has_a_part(here)
    soon = here.clock.now() + DAY
    slips = await a_problem(here, told="We know", update_by=soon, service="pay-slips")
    await a_problem(here, told="We know", update_by=soon, service="it")

    known = await here.core.problems.known(service="payroll")

    assert [each.problem.id for each in known] == [slips.id]


async def test_a_problem_that_nobody_knows_is_not_found(here: Running) -> None:
    with pytest.raises(NotFound):
        await here.core.problems.get(UUID(int=0), await looking(here))


async def test_the_page_counts_schools_as_the_list_does_however_many_reports_it_shows(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problems, "MOST_LISTED", 2)
    units = ("oakfield", "oakfield", "elmwood", "ashgrove", "")
    problem = await a_problem(here, *[await a_case(here, unit=unit) for unit in units])
    hidden = await a_case(here, unit="people", problem=problem.id, restricted=True)

    found = await here.core.problems.get(problem.id, await looking(here))
    (standing,) = await here.core.problems.listed(await looking(here), open_only=True)

    assert found.schools == ("oakfield", "ashgrove", "elmwood")
    assert standing.schools == len(found.schools)
    assert len(found.cases) == 2
    assert found.more
    assert hidden.id not in {each.id for each in found.cases}
