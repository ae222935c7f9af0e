"""Bringing the cases of an older system: checked whole, known again, and nobody told."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import IO
from uuid import UUID

import pytest
from sqlalchemy import func, select

from survey.db.tables import tellings
from survey.domain import case_acts as acts
from survey.domain.audit import OPERATOR
from survey.domain.case_copy import retold
from survey.domain.case_records import CaseQuery
from survey.domain.cases import Audience, Case, CaseState, Entry, EntryKind, Side
from survey.errors import FieldsRejected, ImportRefused
from survey.services import old_cases
from survey.services.old_cases import OldCases
from tests.support.application import NOON, Running
from tests.support.cases import an_entry
from tests.support.statements import statements_of
from tests.support.stored import audited
from tests.survey.services.campaigning import person, put

HEADER = "reference,when,from,text,service,unit,kind,effect,weight,reporter,state,ended,reason\n"
OPEN = (
    "INC1,2026-03-02 09:30,,Fourteen were not paid,payroll,oakfield,wrong pay,unpaid,,p1,open,,\n"
)
SINCE = "INC1,03/03/2026,staff,We are looking,,,,,,,,,\n"
CLOSED = "INC2,2025-01-05,,It prints nothing,it,elmwood,broken,,substantive,,closed,2025-01-09,\n"


def content(text: str) -> Callable[[], IO[bytes]]:
    return lambda: io.BytesIO(text.encode())


async def brought(here: Running, rows: str) -> OldCases:
    return await here.core.importing_cases.run(content(HEADER + rows), "old.csv", by=OPERATOR)


async def found(here: Running, words: str) -> tuple[Case, list[Entry]]:
    async with here.core.begin.read() as work:
        query = CaseQuery(words=words, restricted=True)
        [case] = (await work.cases.listed(query, now=here.clock.now(), limit=2, after=None)).cases
        return case, [*await work.cases.timeline(case.id)]


async def faults(here: Running, rows: str) -> list[tuple[str, ...]]:
    """(row, column, code) of each."""
    plan = await here.core.importing_cases.plan(content(HEADER + rows), "old.csv")
    with pytest.raises(ImportRefused) as refused:
        await brought(here, rows)
    assert refused.value.faults == plan.faults
    return [(*each.path[1:], each.code) for each in plan.faults]


async def test_a_case_comes_with_its_history_its_reporter_and_its_old_reference(
    here: Running,
) -> None:
    await put(here, people=[person(1)])

    done = await brought(here, OPEN + CLOSED + SINCE)

    assert (done.added, done.open, done.known) == (2, 1, 0)
    case, timeline = await found(here, "INC1")
    assert (case.state, case.service, case.unit) == (CaseState.NEW, "payroll", "oakfield")
    assert (case.person, case.kind, case.effect) == (UUID(int=1), "wrong_pay", "unpaid")
    assert case.reference.startswith("P-")
    assert [(each.kind, each.side, each.text) for each in timeline] == [
        (EntryKind.REPORTED, Side.REPORTER, "Fourteen were not paid"),
        (EntryKind.NOTE, Side.SERVICE, "INC1"),
        (EntryKind.MESSAGE, Side.STAFF, "We are looking"),
    ]
    assert timeline[0].actor == f"person:{UUID(int=1)}"
    assert timeline[1].audience is Audience.STAFF
    assert timeline[0].at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "ended", "state"),
    [
        ("open", "", CaseState.NEW),
        ("Acknowledged", "", CaseState.ACKNOWLEDGED),
        ("in_progress", "", CaseState.IN_PROGRESS),
        ("waiting", "", CaseState.WAITING),
        ("resolved", "2026-02-03", CaseState.NOT_CONFIRMED),
        ("confirmed", "2026-02-03", CaseState.CONFIRMED),
        ("rejected", "2026-02-03", CaseState.DECLINED),
    ],
)
async def test_a_state_is_led_to_by_entries_and_the_case_is_what_they_say(
    here: Running, said: str, ended: str, state: CaseState
) -> None:
    await brought(here, f"INC1,2026-02-01,,Broken,it,,,,substantive,,{said},{ended},duplicate\n")

    case, timeline = await found(here, "INC1")
    bare = Case(
        case.id, case.reference, case.service, case.unit, case.kind, case.effect, case.opened_at
    )
    assert case.state is retold(bare, timeline).state is state
    assert (case.ended_at is not None) == (not state.open)
    assert case.ended_at in (None, datetime(2026, 2, 3, tzinfo=UTC))


async def test_what_is_open_has_clocks_from_now_on_and_what_is_over_has_none(
    here: Running,
) -> None:
    await put(here, people=[person(1)])
    await brought(here, OPEN + CLOSED)

    running, _ = await found(here, "INC1")
    over, _ = await found(here, "INC2")
    assert running.acknowledge_by is not None
    assert running.acknowledge_by > NOON
    await brought(here, OPEN.replace("INC1", "INC3").replace(",open,", ",waiting,"))
    waiting, _ = await found(here, "INC3")
    assert (waiting.fix_by, (waiting.fix_left or 0) > 0) == (None, True)
    assert (over.acknowledge_by, over.update_by, over.fix_by) == (None, None, None)


async def test_nobody_is_told_anything_now_or_later(here: Running) -> None:
    await put(here, people=[person(1, email="p1@oakfield.example")])
    confirmed = CLOSED.replace("closed,2025-01-09", "confirmed,2026-05-01").replace(
        "substantive,,", "substantive,p1,"
    )
    await brought(here, OPEN + SINCE + confirmed)

    here.clock.advance(timedelta(days=60))
    while await here.core.case_rounds.look():
        pass

    async with here.core.database.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(tellings)) == 0
    _, timeline = await found(here, "INC2")
    assert [each.kind for each in timeline[-2:]] == [EntryKind.FIXED, EntryKind.JUDGED]


async def test_the_same_file_again_changes_nothing_not_even_what_went_on_since(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(old_cases, "AT_ONCE", 1)
    await put(here, people=[person(1)])
    await brought(here, OPEN)
    case, _ = await found(here, "INC1")
    await an_entry(here, case, acts.note("Seen"))
    before = await found(here, "INC1")

    done = await brought(here, OPEN + SINCE + CLOSED)

    assert (done.added, done.known) == (1, 1)
    assert await found(here, "INC1") == before
    counts = [each.details for each in await audited(here) if each.action == "cases.imported"]
    assert counts == [{"added": 1}, {"added": 1}]


async def test_personal_data_that_went_astray_stays_with_few(here: Running) -> None:
    await brought(here, "INC1,2026-02-01,,A list,hr,,data astray,,,,open,,\n")

    async with here.core.begin.read() as work:
        page = await work.cases.listed(CaseQuery(), now=NOON, limit=5, after=None)
        few = await work.cases.listed(CaseQuery(restricted=True), now=NOON, limit=5, after=None)
    assert (len(page.cases), len(few.cases)) == (0, 1)


async def test_what_ended_too_long_ago_is_passed_over(here: Running) -> None:
    done = await brought(here, "INC1,2012-01-01,,Old,hr,,,,,,closed,2012-02-01,\n")

    assert (done.added, done.too_old) == (0, 1)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (",2026-02-01,,x,hr,,,,,,open,,\n", ("2", "reference", "required")),
        ("a,soon,,x,hr,,,,,,open,,\n", ("2", "when", "bad_date")),
        ("a,2026-13-01,,x,hr,,,,,,open,,\n", ("2", "when", "bad_date")),
        ("a,2027-01-01,,x,hr,,,,,,open,,\n", ("2", "when", "in_the_future")),
        ("a,2026-02-01,,,hr,,,,,,open,,\n", ("2", "text", "required")),
        (f"a,2026-02-01,,{'x' * 4001},hr,,,,,,open,,\n", ("2", "text", "too_long")),
        ("a,2026-02-01,,x,hrr,,,,,,open,,\n", ("2", "service", "unknown")),
        ("a,2026-02-01,,x,hr,nowhere,,,,,open,,\n", ("2", "unit", "unknown")),
        ("a,2026-02-01,,x,hr,,odd,,,,open,,\n", ("2", "kind", "not_one_of")),
        ("a,2026-02-01,,x,hr,,,,,nobody,open,,\n", ("2", "reporter", "unknown")),
        ("a,2026-02-01,,x,hr,,,,,,lost,,\n", ("2", "state", "not_one_of")),
        ("a,2026-02-01,,x,hr,,,,,,closed,,\n", ("2", "ended", "bad_date")),
        ("a,2026-02-01,,x,hr,,,,,,open,2026-02-02,\n", ("2", "ended", "still_open")),
        ("a,2026-02-01,,x,hr,,,,,,closed,2026-01-02,\n", ("2", "ended", "before_the_report")),
        ("a,2026-02-01,staff,x,hr,,,,,,open,,\n", ("2", "from", "not_a_report")),
        (
            "a,2026-02-01,,x,hr,,,,,,open,,\na,2026-02-02,,y,it,,,,,,,,\n",
            ("3", "service", "not_of_the_report"),
        ),
        (
            "a,2026-02-01,,x,hr,,,,,,open,,\na,2026-01-02,,y,,,,,,,,,\n",
            ("3", "when", "before_the_report"),
        ),
        (
            "a,2026-02-01,,x,hr,,,,,,closed,2026-02-02,\na,2026-02-03,,y,,,,,,,,,\n",
            ("3", "when", "after_the_end"),
        ),
    ],
    ids=range(18),
)
async def test_what_is_wrong_is_told_by_row_and_column_and_nothing_is_kept(
    here: Running, rows: str, told: tuple[str, ...]
) -> None:
    assert await faults(here, OPEN.replace("INC1", "good").replace("p1", "") + rows) == [
        (str(int(told[0]) + 1), *told[1:])
    ]
    async with here.core.begin.read() as work:
        assert await work.cases.count(CaseQuery(), now=NOON) == 0


async def test_a_file_without_its_columns_is_no_such_file(here: Running) -> None:
    with pytest.raises(FieldsRejected):
        await here.core.importing_cases.plan(content("a,b\n1,2\n"), "old.csv")


async def test_planning_asks_the_database_as_often_for_many_as_for_few(here: Running) -> None:
    rows = [CLOSED.replace("INC2", f"INC{number}").replace("2025", "2026") for number in range(9)]
    asked = []
    for some in (rows[:1], rows):
        with statements_of(here) as seen:
            plan = await here.core.importing_cases.plan(content(HEADER + "".join(some)), "old.csv")
        assert plan.added == len(some)
        asked.append(len(seen))

    assert asked[0] == asked[1]
