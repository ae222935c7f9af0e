"""Problems, planned downtime and actions as kept."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

from survey.domain.case_records import Action, ActionState, LinkKind, Problem, ProblemState
from survey.domain.cases import Audience, EntryKind, Said, Side
from tests.support.application import Running
from tests.support.cases import a_case, an_entry

NOON = datetime(2026, 5, 14, 12, tzinfo=UTC)


def a_problem(**more: object) -> Problem:
    return replace(Problem(uuid4(), "Payslips are late", "payroll", NOON), **more)  # type: ignore[arg-type]


def an_action(**more: object) -> Action:
    plain = Action(
        uuid4(), "Send payslips by the 25th", "payroll", "Head of HR", date(2026, 9, 1), NOON
    )
    return replace(plain, **more)  # type: ignore[arg-type]


async def test_a_problem_is_kept_whole_and_changed_by_one_at_a_time(here: Running) -> None:
    first = a_problem(told="We know", plan="Pay run earlier", update_by=NOON)
    fixed = a_problem(state=ProblemState.FIXED, fixed_at=NOON)
    async with here.core.begin() as work:
        await work.problems.add(first)
        await work.problems.add(fixed)
        changed = replace(first, title="Payslips", state=ProblemState.WATCHED)
        assert await work.problems.save(changed, expected_revision=1)
        assert not await work.problems.save(first, expected_revision=1)
        await work.commit()
    async with here.core.begin.read() as work:
        assert await work.problems.get(first.id) == replace(changed, revision=2)
        assert await work.problems.get(uuid4()) is None
        assert [each.id for each in await work.problems.all(open_only=True)] == [first.id]
        assert {each.id for each in await work.problems.all(open_only=False)} == {
            first.id,
            fixed.id,
        }


async def test_a_problem_counts_each_school_once(here: Running) -> None:
    problem = a_problem()
    async with here.core.begin() as work:
        await work.problems.add(problem)
        await work.commit()
    linked = Said(
        kind=EntryKind.LINKED,
        side=Side.STAFF,
        audience=Audience.STAFF,
        data={"problem": str(problem.id)},
    )
    for unit in ("oakfield", "oakfield", "elmwood", ""):
        await an_entry(here, await a_case(here, unit=unit), linked)
    async with here.core.begin.read() as work:
        assert await work.problems.schools([problem.id, uuid4()]) == {problem.id: 2}


async def test_an_action_is_kept_with_what_it_is_about(here: Running) -> None:
    late = an_action(due_on=date(2026, 12, 1), said={"en": "Payslips are late"})
    soon = an_action(links=((LinkKind.CASE, "P-4TK2"), (LinkKind.MEASURE, "satisfaction")))
    async with here.core.begin() as work:
        await work.actions.add(late)
        await work.actions.add(soon)
        done = replace(soon, state=ActionState.DONE, links=((LinkKind.CASE, "P-9XYZ"),))
        assert await work.actions.save(done, expected_revision=1)
        assert not await work.actions.save(soon, expected_revision=1)
        await work.commit()
    kept = replace(done, revision=2)
    async with here.core.begin.read() as work:
        assert await work.actions.all() == [kept, late]
        assert await work.actions.get(soon.id) == kept
        assert await work.actions.get(uuid4()) is None
        assert await work.actions.about(LinkKind.CASE, ["P-9XYZ", "P-0"]) == [kept]
        assert await work.actions.about(LinkKind.CASE, ["P-4TK2"]) == []
