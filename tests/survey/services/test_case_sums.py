"""Sums of problem reports follow what happens to them, and hold nothing that few may see."""

from datetime import date, datetime, timedelta
from uuid import uuid4

from analytics.case_figures import total
from survey.domain import case_acts as acts
from survey.domain.accounts import Grant, Role
from survey.domain.audit import Actor
from survey.domain.case_access import Looker
from survey.domain.case_sums import CaseCounts
from survey.domain.cases import Case, EntryKind, Said, Side, Verdict
from survey.services.reporters import Reporter
from tests.support.application import Running
from tests.support.cases import a_case, an_entry, payroll_has_a_part

WORKER = Actor.account(uuid4())
DAY = timedelta(days=1)
CHAT = "telegram:1:2"


async def looking(here: Running, *grants: Grant) -> Looker:
    trees = await here.core.organisation.trees()
    return Looker(uuid4(), frozenset(grants or [Grant(Role.CASE_WORKER)]), trees)


async def counts(
    here: Running, *, months: int = 3, service: str = "", unit: str = ""
) -> CaseCounts:
    looker = await looking(here)
    found = await here.core.case_sums.of(looker, months=months, service=service, unit=unit)
    return total(found.sums).counts


async def fixed(here: Running, case: Case) -> Case:
    return await an_entry(here, case, acts.fixed("Paid."))


async def judged(here: Running, case: Case, verdict: Verdict) -> None:
    await here.core.own_cases.judge(case.id, verdict, who=Reporter(chat=CHAT))


async def test_a_report_is_counted_under_all_that_holds_for_it(here: Running) -> None:
    case = await a_case(here, chat=CHAT)
    assert await counts(here) == CaseCounts(reported=1, open=1, fresh=1)

    await fixed(here, case)
    assert await counts(here) == CaseCounts(reported=1, open=1, fresh=1, fixed=1)

    await judged(here, case, Verdict.NOT_FIXED)
    after_no = await counts(here)
    assert after_no == CaseCounts(reported=1, open=1, fresh=1, refused=1, reopened=1, settled=1)

    await fixed(here, case)
    assert (await counts(here)).refused == 0
    await judged(here, case, Verdict.FIXED)
    assert await counts(here) == CaseCounts(reported=1, fixed=1, confirmed=1, reopened=1, settled=1)


async def test_what_is_confirmed_at_once_is_at_first_contact_after_two_weeks(
    here: Running,
) -> None:
    quick, slow = await a_case(here, chat=CHAT), await a_case(here, chat=CHAT)
    await an_entry(here, quick, acts.reply("Looking."))
    for _ in range(2):
        await an_entry(here, slow, acts.reply("Looking."))
    for case in (quick, slow):
        await fixed(here, case)
        await judged(here, case, Verdict.FIXED)

    early = await counts(here)
    here.clock.advance(14 * DAY)
    late = await counts(here)

    assert (early.at_first_contact, early.settled) == (0, 1)
    assert (late.at_first_contact, late.settled) == (1, 2)


async def test_partly_declined_and_silence_are_told_apart(here: Running) -> None:
    partly, declined, silent = [await a_case(here, chat=CHAT) for _ in range(3)]
    await fixed(here, partly)
    await judged(here, partly, Verdict.PARTLY)
    await an_entry(here, declined, acts.declined("not_ours", "No."))
    await fixed(here, silent)
    await an_entry(here, silent, Said(kind=EntryKind.LAPSED, side=Side.SERVICE))

    found = await counts(here)

    assert (found.partly, found.refused, found.declined, found.not_confirmed) == (1, 1, 1, 1)
    assert (found.open, found.reported) == (1, 3)


async def test_open_ones_are_told_by_age_and_by_whether_they_are_late(here: Running) -> None:
    await a_case(here)
    here.clock.advance(30 * DAY)
    await a_case(here)

    found = await here.core.case_sums.of(await looking(here), months=1)

    whole = total(found.sums)
    assert (whole.counts.open, whole.counts.fresh, whole.counts.old) == (2, 1, 1)
    assert (whole.counts.late, whole.age(here.clock.now())) == (1, 30)
    by_month = {each.month: each.counts.reported for each in found.sums}
    assert by_month == {None: 1, date(2026, 6, 1): 1}
    assert found.months == (date(2026, 6, 1),)


async def test_a_month_begins_by_the_clock_of_the_body(here: Running) -> None:
    """31 May, 23:30 in UTC, is 1 June in London."""
    here.clock.time = here.clock.time.replace(month=5, day=31, hour=23, minute=30)
    await a_case(here)

    found = await here.core.case_sums.of(await looking(here), months=2)

    assert [each.month for each in found.sums] == [date(2026, 6, 1)]


async def looked_at(here: Running, when: datetime) -> None:
    here.clock.time = when
    while await here.core.case_rounds.look():
        pass


async def test_a_clock_that_ran_out_is_counted_for_good(here: Running) -> None:
    case = await a_case(here)
    assert case.acknowledge_by is not None

    await looked_at(here, case.acknowledge_by + timedelta(minutes=1))
    assert (await counts(here)).breached == 1

    await an_entry(here, case, acts.declined("not_ours", "No."))
    assert (await counts(here)).breached == 1


async def test_a_warning_in_time_counts_as_no_breach(here: Running) -> None:
    case = await a_case(here)
    assert case.acknowledge_by is not None

    await looked_at(here, case.acknowledge_by - timedelta(minutes=1))

    async with here.core.begin.read() as work:
        told = [each for each in await work.cases.timeline(case.id) if each.kind == "breached"]
    assert [each.data["stage"] for each in told] == ["warning"]
    assert (await counts(here)).breached == 0


async def test_sums_are_by_service_and_kind_of_unit_and_of_what_somebody_may_see(
    here: Running,
) -> None:
    await a_case(here, unit="oakfield")
    await a_case(here, unit="adult-social-care", service="it")
    await a_case(here, restricted=True)
    everything = await here.core.case_sums.of(await looking(here), months=1)
    of_it = await here.core.case_sums.of(
        await looking(here, Grant(Role.CASE_WORKER, "", "it")), months=1
    )
    nothing = await here.core.case_sums.of(await looking(here, Grant(Role.VIEWER)), months=1)

    assert {(each.service, each.kind) for each in everything.sums} == {
        ("payroll", "school"),
        ("it", "department"),
    }
    assert [each.service for each in of_it.sums] == ["it"]
    assert nothing.sums == []
    assert (await counts(here, service="payroll")).reported == 1


async def test_a_unit_and_a_service_are_counted_with_those_below_them(here: Running) -> None:
    await payroll_has_a_part(here)
    await a_case(here, unit="oakfield", service="pay-slips")
    await a_case(here, unit="adult-social-care")

    for unit, service, reported in (
        ("schools", "", 1),
        ("oakfield", "", 1),
        ("", "payroll", 2),
        ("", "pay-slips", 1),
        ("schools", "payroll", 1),
        ("", "it", 0),
        ("nowhere", "", 0),
    ):
        assert (await counts(here, service=service, unit=unit)).reported == reported
