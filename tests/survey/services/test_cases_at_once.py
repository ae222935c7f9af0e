"""Two of staff at the same case at the same time: one wins, and the other is told."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import func, select

from survey.db.tables import attachments, case_words, cases, entries, tellings
from survey.domain import case_acts as acts
from survey.domain.accounts import Grant, Role
from survey.domain.audit import Actor
from survey.domain.case_access import Looker
from survey.domain.case_records import Attachment, CaseQuery
from survey.domain.cases import CaseKind, CaseState
from survey.domain.retention import CASE_DAYS
from survey.errors import CaseRefused, ChangedMeanwhile
from survey.services.cases import Bulk
from tests.support.application import Running
from tests.support.cases import a_case, an_entry

ANN, BEN = Actor.account(uuid4()), Actor.account(uuid4())


async def looking(here: Running) -> Looker:
    trees = await here.core.organisation.trees()
    return Looker(uuid4(), frozenset({Grant(Role.CASE_WORKER)}), trees)


async def both(*two: Awaitable[object]) -> list[object]:
    """What came of both, errors as they are."""
    return list(await asyncio.gather(*two, return_exceptions=True))


async def test_of_two_who_decide_by_the_same_state_one_wins_and_the_other_is_told(
    here: Running,
) -> None:
    case, looker = await a_case(here), await looking(here)
    act = here.core.cases.act

    came = await both(
        act(case.reference, acts.declined("not_ours", "No"), looker=looker, by=ANN, seen=1),
        act(case.reference, acts.started(), looker=looker, by=BEN, seen=1),
    )

    assert sum(isinstance(each, ChangedMeanwhile) for each in came) == 1
    assert len((await here.core.cases.get(case.reference, looker)).timeline) == 2


async def test_what_two_write_at_once_is_both_kept(here: Running) -> None:
    case, looker = await a_case(here), await looking(here)

    await asyncio.gather(
        *(
            here.core.cases.act(case.reference, acts.note(f"{number}"), looker=looker, by=ANN)
            for number in range(5)
        )
    )

    timeline = (await here.core.cases.get(case.reference, looker)).timeline
    assert [each.number for each in timeline] == [1, 2, 3, 4, 5, 6]
    assert {each.text for each in timeline[1:]} == {"0", "1", "2", "3", "4"}


async def test_two_cases_never_go_on_as_each_other(here: Running) -> None:
    looker, merge = await looking(here), here.core.cases.merge
    for _ in range(5):
        one, other = await a_case(here), await a_case(here)

        came = await both(
            merge(one.reference, other.reference, looker=looker, by=ANN),
            merge(other.reference, one.reference, looker=looker, by=BEN),
        )

        assert [type(each) for each in came if isinstance(each, Exception)] == [CaseRefused]
        found = [await here.core.cases.get(each.reference, looker) for each in (one, other)]
        states = sorted(each.case.state.value for each in found)
        assert states == [CaseState.MERGED, CaseState.NEW]
        assert sorted(len(each.timeline) for each in found) == [2, 2]


async def test_a_part_is_split_off_once_where_two_saw_the_same(here: Running) -> None:
    case, looker = await a_case(here), await looking(here)

    async def split(by: Actor) -> object:
        return await here.core.cases.split(
            case.reference,
            "The other half",
            service="it",
            kind=CaseKind.BROKEN,
            looker=looker,
            by=by,
            seen=1,
        )

    came = await both(split(ANN), split(BEN))

    assert sum(isinstance(each, ChangedMeanwhile) for each in came) == 1
    assert await here.core.cases.count(CaseQuery(), looker) == 2


async def test_each_of_many_is_done_once_whoever_of_two_gets_to_it(here: Running) -> None:
    some, looker = [await a_case(here) for _ in range(6)], await looking(here)
    references = [each.reference for each in some]

    async def decline(by: Actor, order: list[str]) -> Bulk:
        return await here.core.cases.on_many(
            order, lambda _: acts.declined("not_ours", "No"), looker=looker, by=by
        )

    one, other = await asyncio.gather(
        decline(ANN, references), decline(BEN, list(reversed(references)))
    )

    assert sorted([*one.done, *other.done]) == sorted(references)
    assert {reference for reference, _ in one.refused} == set(other.done)
    for reference in references:
        assert len((await here.core.cases.get(reference, looker)).timeline) == 2


async def test_a_case_that_was_kept_long_enough_goes_with_all_that_belongs_to_it(
    here: Running,
) -> None:
    case = await a_case(here, email="ann@oakfield.example", text="Not paid")
    file = Attachment(uuid4(), "pay.xlsx", "x", 1, here.clock.now(), digest="d" * 64)
    async with here.core.begin() as work:
        await work.attachments.add([file])
        await work.commit()
    await an_entry(here, case, acts.reply("Look", (file.id,)), acts.declined("not_ours", "No"))
    stays = await a_case(here, text="Open")
    tables = (cases, entries, attachments, tellings, case_words)

    async def rows() -> list[int]:
        async with here.core.database.reading() as connection:
            counted = [select(func.count()).select_from(table) for table in tables]
            return [await connection.scalar(each) or 0 for each in counted]

    assert all(number >= 1 for number in await rows())

    here.clock.advance(timedelta(days=CASE_DAYS - 1))
    assert "cases" not in await here.core.retention.forget_due()
    here.clock.advance(timedelta(days=2))
    assert (await here.core.retention.forget_due())["cases"] == 1

    assert await rows() == [1, 1, 0, 0, 1]
    async with here.core.begin.read() as work:
        assert await work.cases.get(stays.id) is not None
