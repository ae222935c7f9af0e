"""Telling many: each report once, whoever dies on the way or works beside, and how far it is."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from survey.domain import case_acts as acts
from survey.domain.announcements import Announcement
from survey.domain.case_records import Action, LinkKind, Problem, ProblemState, TellingKind
from survey.domain.cases import Case, CaseState, EntryKind
from survey.domain.problems import ActionSaid
from survey.errors import ActionRefused, Busy
from survey.services import announcing
from survey.services.announcing import Announcing
from tests.support.application import Running
from tests.support.cases import a_case
from tests.support.sending import Killed, Mortal
from tests.survey.services import test_actions, test_problems
from tests.survey.services.test_problems import DAY, WORKER, a_problem, changed, looking

BATCH = 4


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """So that ten reports are many."""
    monkeypatch.setattr(announcing, "AT_ONCE", BATCH)
    return iter(())


async def reported(here: Running, number: int) -> list[Case]:
    return [await a_case(here, chat=f"telegram:7:{each + 1}") for each in range(number)]


async def many(here: Running, number: int = 10) -> tuple[Problem, list[Case]]:
    cases = await reported(here, number)
    return await a_problem(here, *cases), cases


async def said(here: Running, case: Case, kind: EntryKind) -> list[str]:
    async with here.core.begin.read() as work:
        timeline = await work.cases.timeline(case.id)
    return [each.text for each in timeline if each.kind is kind]


async def fixed(here: Running, problem: Problem) -> Problem:
    return await changed(here, problem, state=ProblemState.FIXED, told="Sent again.")


def a_process(here: Running, begin: Mortal | None = None) -> Announcing:
    core = here.core
    mine = begin or core.begin
    return Announcing(mine, core.clock, core.ids, core.timelines)  # type: ignore[arg-type]


async def finish(announcer: Announcing) -> int:
    """Tell until nothing is due, or until killed; how many batches."""
    batches = 0
    with suppress(Killed):
        while await announcer.tell_due():
            batches += 1
    return batches


async def last(here: Running, problem: Problem) -> Announcement:
    found = await here.core.announcing.last(problem=problem.id)
    assert found is not None
    return found


async def news(here: Running, problem: Problem) -> Problem:
    """Said twice it would stand twice; that it is fixed would be refused."""
    until = here.clock.now() + DAY
    return await changed(here, problem, told="A file came late.", update_by=until)


async def told_once(here: Running, cases: list[Case]) -> bool:
    kinds = [await test_problems.tellings(here, each) for each in cases]
    texts = [await said(here, each, EntryKind.PLANNED) for each in cases]
    once = [[TellingKind.UPDATE]] * len(cases), [["A file came late."]] * len(cases)
    return (kinds, texts) == once


async def test_some_are_told_at_once_and_the_rest_by_the_worker(here: Running) -> None:
    problem, cases = await many(here)

    await news(here, problem)
    begun = await last(here, problem)
    batches = await finish(here.core.announcing)

    assert (begun.done, begun.total, begun.ended_at) == (BATCH, 10, None)
    assert batches == 2
    assert await told_once(here, cases)
    over = await last(here, problem)
    assert (over.done, over.ended_at) == (10, here.clock.now())
    assert not await here.core.announcing.tell_due()


POINTS = {
    "before anything": ("begin 1", 0),
    "after the first batch is kept": ("commit 1", 1),
    "before the second": ("begin 2", 1),
    "after the second is kept": ("commit 2", 2),
    "before the last": ("begin 3", 2),
    "after the last is kept": ("commit 3", 3),
}


@pytest.mark.parametrize("point", POINTS)
async def test_whatever_the_point_at_which_it_dies_each_report_is_told_once(
    here: Running, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    problem, cases = await many(here)
    monkeypatch.setattr(Announcing, "tell_now", nothing)
    await news(here, problem)
    where, batches = POINTS[point]
    process = Mortal(here.core, lambda passed: passed == where)

    await finish(a_process(here, process))
    assert process.dead
    assert (await last(here, problem)).done == min(BATCH * batches, len(cases))
    await finish(a_process(here))

    assert await told_once(here, cases)
    assert (await last(here, problem)).ended_at is not None


async def nothing(_: Announcing, __: UUID | None) -> None:
    """Whoever said it died right after."""


@pytest.mark.parametrize("entries", [1, 3])
async def test_one_that_dies_within_a_batch_leaves_nothing_of_it(
    here: Running, monkeypatch: pytest.MonkeyPatch, entries: int
) -> None:
    problem, cases = await many(here)
    monkeypatch.setattr(Announcing, "tell_now", nothing)
    await news(here, problem)
    left, add = entries, here.core.timelines.add

    async def dying(*args: object, **named: object) -> Case:
        nonlocal left
        if not left:
            raise Killed
        left -= 1
        return await add(*args, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as dies:
        dies.setattr(here.core.timelines, "add", dying)
        await finish(a_process(here))
    assert (await last(here, problem)).done == 0
    assert [await test_problems.tellings(here, each) for each in cases] == [[]] * len(cases)

    await finish(a_process(here))
    assert await told_once(here, cases)


async def test_three_that_work_at_once_tell_each_report_once(here: Running) -> None:
    problem, cases = await many(here, 20)
    await news(here, problem)

    async def one() -> None:
        while True:
            with suppress(Busy):
                if not await a_process(here).tell_due():
                    return

    async with asyncio.TaskGroup() as tasks:
        for _ in range(3):
            tasks.create_task(one())
    await finish(here.core.announcing)

    assert await told_once(here, cases)


async def test_what_is_said_anew_replaces_what_was_not_told_yet(here: Running) -> None:
    problem, cases = await many(here)
    problem = await news(here, problem)

    await fixed(here, problem)
    await finish(here.core.announcing)

    assert await told_with(here, cases, EntryKind.PLANNED) == BATCH
    assert await told_with(here, cases, EntryKind.FIXED) == len(cases)


async def test_who_was_not_asked_yet_is_not_once_it_is_open_again(here: Running) -> None:
    problem, cases = await many(here)
    problem = await fixed(here, problem)

    await changed(here, problem, state=ProblemState.OPEN, told="")
    await finish(here.core.announcing)

    assert await told_with(here, cases, EntryKind.FIXED) == BATCH


async def test_a_slip_that_is_put_right_keeps_nobody_from_being_asked(here: Running) -> None:
    problem, cases = await many(here)
    problem = await fixed(here, problem)

    await changed(here, problem, told="We sent them again.")
    await finish(here.core.announcing)

    assert await told_with(here, cases, EntryKind.FIXED) == len(cases)


async def told_with(here: Running, cases: list[Case], kind: EntryKind) -> int:
    return sum([len(await said(here, each, kind)) for each in cases])


async def test_a_report_that_is_linked_meanwhile_is_told_with_that_once(here: Running) -> None:
    problem, cases = await many(here)
    problem = await news(here, problem)
    here.clock.advance(DAY / 24)
    late = await reported(here, 5)
    await here.core.problems.link(
        problem.id,
        [each.reference for each in late],
        looker=await looking(here),
        by=WORKER,
    )

    await finish(here.core.announcing)

    assert await told_with(here, cases, EntryKind.PLANNED) == len(cases)
    assert await told_with(here, late, EntryKind.PLANNED) == len(late)


async def test_a_report_that_was_fixed_by_itself_keeps_the_others_from_nothing(
    here: Running,
) -> None:
    problem, cases = await many(here)
    for each in cases[:3]:
        await here.core.cases.act(
            each.reference, acts.fixed("By hand."), looker=await looking(here), by=WORKER
        )

    await fixed(here, problem)
    await finish(here.core.announcing)

    states = [(await test_problems.case_now(here, each)).state for each in cases]
    assert states == [CaseState.FIXED] * len(cases)
    assert await told_with(here, cases, EntryKind.FIXED) == len(cases)


async def test_nothing_is_told_from_an_installation_that_is_held(here: Running) -> None:
    problem, cases = await many(here)
    async with here.core.begin() as work:
        await work.installation.hold(at=here.clock.now())
        await work.commit()

    await fixed(here, problem)

    assert not await here.core.announcing.tell_due()
    assert await told_with(here, cases, EntryKind.FIXED) == 0


async def an_action_about(here: Running, problem: Problem, *more: Case) -> Action:
    links = [(LinkKind.CASE, each.reference) for each in more]
    return await test_actions.an_action(here, (LinkKind.PROBLEM, str(problem.id)), *links)


@pytest.mark.parametrize("point", [None, *POINTS])
async def test_what_was_done_stands_on_each_report_and_each_receiver_is_told_once(
    here: Running, monkeypatch: pytest.MonkeyPatch, point: str | None
) -> None:
    """Two reports of each of five people; they are told by the newer one."""
    first = await reported(here, 5)
    here.clock.advance(DAY)
    second = await reported(here, 5)
    problem = await a_problem(here, *first[:3], *second)
    action = await an_action_about(here, problem, *first[3:])
    monkeypatch.setattr(Announcing, "tell_now", nothing)

    await test_actions.publish(here, action)
    if point:
        where, _ = POINTS[point]
        await finish(a_process(here, Mortal(here.core, lambda passed: passed == where)))
    await finish(a_process(here))

    cases = [*first, *second]
    assert await told_with(here, cases, EntryKind.NOTE) == len(cases)
    told = [await test_problems.tellings(here, each) for each in cases]
    assert told == [[]] * 5 + [[TellingKind.DIGEST]] * 5
    over = await here.core.announcing.last(action=action.id)
    assert over is not None
    assert (over.done, over.total) == (10, 10)


async def change(here: Running, action: Action, **named: Any) -> Action:
    looker = await looking(here)
    now = await here.core.actions.get(action.id, looker)
    said = replace(ActionSaid.of(now), **named)
    return await here.core.actions.change(
        action.id, said, expected_revision=now.revision, looker=looker, by=WORKER
    )


async def test_while_an_action_is_told_neither_its_words_nor_whom_it_is_about_change(
    here: Running,
) -> None:
    """Somebody agreed to these words and to so many people."""
    problem, cases = await many(here)
    other = await a_problem(here, *(more := await reported(here, 3)))
    action = await an_action_about(here, problem)
    more_links = (*action.links, (LinkKind.PROBLEM, str(other.id)))
    await test_actions.publish(here, action)

    for wanted in (
        {"did": {"en": "Nobody agreed to this."}},
        {"said": {"en": "Nobody said this."}},
        {"links": more_links},
    ):
        with pytest.raises(ActionRefused) as refused:
            await change(here, action, **wanted)
        assert refused.value.reason == "being_told"
    assert (await change(here, action, realised="It is quicker.")).realised == "It is quicker."
    await finish(here.core.announcing)

    told = [await said(here, each, EntryKind.NOTE) for each in cases]
    assert told == [[action.did["en"]]] * len(cases)
    after = await change(here, action, did={"en": "Put right."}, links=more_links)
    assert (after.did, after.links) == ({"en": "Put right."}, more_links)
    assert await finish(here.core.announcing) == 0
    assert await told_with(here, [*cases, *more], EntryKind.NOTE) == len(cases)
    over = await here.core.announcing.last(action=action.id)
    assert over is not None
    assert over.total == len(cases)
