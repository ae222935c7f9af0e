"""Rounds over cases: each thing that is due is done once, by however many processes."""

import asyncio
from datetime import timedelta

from survey.domain import case_acts as acts
from survey.domain.case_records import CaseQuery, TellingKind
from survey.domain.cases import Case, CaseState, EntryKind
from survey.questionnaires import library
from survey.services.case_rounds import CaseRounds
from survey.services.shipped import Shipped
from tests.support.application import Running
from tests.support.cases import a_case, an_entry

DAY = timedelta(days=1)


async def all_looked_at(here: Running) -> int:
    rounds = here.core.case_rounds
    looks = 0
    while await rounds.look():
        looks += 1
        assert looks < 10
    return looks


async def kinds(here: Running, case: Case) -> list[EntryKind]:
    async with here.core.begin.read() as work:
        return [entry.kind for entry in await work.cases.timeline(case.id)]


async def test_a_fix_that_nobody_confirms_is_asked_about_again_and_then_closed(
    here: Running,
) -> None:
    case = await an_entry(here, await a_case(here), acts.fixed("Paid on Friday"))
    await all_looked_at(here)
    assert await kinds(here, case) == ["reported", "fixed"]

    for _ in range(8):
        here.clock.advance(DAY)
        await all_looked_at(here)

    assert await kinds(here, case) == ["reported", "fixed", "asked_again", "lapsed"]
    async with here.core.begin.read() as work:
        ended = await work.cases.get(case.id)
        assert await work.cases.to_look_at(now=here.clock.now() + 900 * DAY, limit=5) == []
    assert ended is not None
    assert ended.state is CaseState.NOT_CONFIRMED


async def test_two_processes_that_look_at_once_do_each_thing_once(here: Running) -> None:
    case = await an_entry(here, await a_case(here), acts.fixed("Paid"))
    await all_looked_at(here)
    here.clock.advance(3 * DAY)
    core = here.core
    shipped = Shipped(core.begin, core.catalogue, library.shipped())
    rounds = [CaseRounds(core.begin, core.clock, core.timelines, shipped) for _ in range(3)]

    await asyncio.gather(*(each.look() for each in rounds))

    assert await kinds(here, case) == ["reported", "fixed", "asked_again"]


async def test_a_clock_that_runs_out_is_told_and_the_case_is_late(here: Running) -> None:
    case = await a_case(here)
    here.clock.advance(5 * DAY)  # of which a weekend is none of work

    await all_looked_at(here)

    assert (await kinds(here, case))[1:] == ["breached", "breached"]
    late = CaseQuery(late=True)
    async with here.core.begin.read() as work:
        assert await work.cases.count(late, now=here.clock.now()) == 1


async def test_nothing_is_done_in_a_copy_that_is_held(here: Running) -> None:
    case = await a_case(here)
    async with here.core.begin() as work:
        await work.installation.hold(at=here.clock.now())
        await work.commit()
    here.clock.advance(30 * DAY)

    assert await here.core.case_rounds.look() == 0
    assert await kinds(here, case) == ["reported"]


async def test_the_reporter_of_what_was_watched_is_asked_once_and_their_yes_counts(
    here: Running,
) -> None:
    case = await a_case(here, email="ann@school.example")
    until = here.clock.now() + 2 * DAY
    await an_entry(here, case, acts.monitored(until))
    await all_looked_at(here)
    assert await kinds(here, case) == ["reported", "monitored"]

    here.clock.advance(2 * DAY)
    await all_looked_at(here)
    await all_looked_at(here)

    assert await kinds(here, case) == ["reported", "monitored", "fixed"]
    async with here.core.begin.read() as work:
        told = await work.tellings.of_case(case.id)
        asked = await work.cases.get(case.id)
    assert [each.kind for each in told][-1] is TellingKind.FIXED
    assert asked is not None
    assert (asked.state, asked.update_by) == (CaseState.FIXED, None)
