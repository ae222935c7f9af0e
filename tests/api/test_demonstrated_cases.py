"""Problem reports of the demonstration: from a first report to what the next meeting is told."""

from collections import Counter
from uuid import uuid4

import pytest

from analytics.case_figures import total
from api.demonstration import load_demonstration
from api.demonstration.reported import KINDS, MATTERS, NEXT_MEETING_DAYS, OTHERS
from survey.domain.access import Action
from survey.domain.accounts import Grant, Role
from survey.domain.case_access import Looker, may_see
from survey.domain.case_copy import retold
from survey.domain.case_records import CaseQuery, ProblemState
from survey.domain.cases import Case, CaseState, EntryKind, Verdict
from survey.services.looking_round import Looker as As
from survey.services.looking_round import account_of
from tests.support.application import Running
from tests.support.databases import DatabaseKind
from tests.support.staff import signed_in
from tests.support.web import on_the_web


@pytest.fixture
def database_kind() -> DatabaseKind:
    """What differs between the databases is tested with the repositories."""
    return DatabaseKind.SQLITE


@pytest.fixture
async def told(here: Running) -> Running:
    await load_demonstration(here.core, here.figures, months=1, tell=lambda _: None)
    return here


async def looking(here: Running) -> Looker:
    trees = await here.core.organisation.trees()
    return Looker(uuid4(), frozenset([Grant(Role.CASE_WORKER)]), trees)


async def every_case(here: Running) -> list[Case]:
    async with here.core.begin.read() as work:
        page = await work.cases.listed(
            CaseQuery(restricted=True), now=here.clock.now(), limit=500, after=None
        )
    return list(page.cases)


async def test_somebody_who_never_saw_the_paper_reads_what_came_of_its_matters(
    told: Running,
) -> None:
    """Done when 5: from the first report to the update at the next meeting."""
    async with on_the_web(told) as person:
        await person.opens("/results")
        for matter in MATTERS:
            assert matter.said["en"] in person.text
            assert matter.did["en"] in person.text
            assert matter.realised in person.text
        await person.opens("/results?language=cy")
        assert MATTERS[0].said["cy"] in person.text
    async with signed_in(told, Grant(Role.CASE_WORKER)) as person:
        await person.opens("/staff/problems?all=1")
        for matter in MATTERS:
            assert matter.title in person.text
        await person.opens("/staff/actions")
        for matter in MATTERS:
            assert matter.action in person.text
        await person.opens("/staff/cases?service=it")
        assert "Members" in person.text


async def test_each_matter_was_said_to_be_fixed_was_not_and_then_was(told: Running) -> None:
    looker = await looking(told)
    standings = await told.core.problems.listed(looker, open_only=False)
    by_title = {each.problem.title: each.problem for each in standings}
    for matter in MATTERS:
        found = await told.core.problems.get(by_title[matter.title].id, looker)
        assert found.problem.state is ProblemState.FIXED
        assert len(found.cases) == len(matter.reports)
        first = min(found.cases, key=lambda each: each.opened_at)
        async with told.core.begin.read() as work:
            timeline = await work.cases.timeline(first.id)
        verdicts = [
            each.data["verdict"]
            for each in timeline
            if each.kind in (EntryKind.JUDGED, EntryKind.CHECKED)
        ]
        assert verdicts == [Verdict.NOT_FIXED, Verdict.FIXED, Verdict.FIXED]
        assert first.state is CaseState.CONFIRMED
        assert first.is_risk


async def test_timelines_are_in_order_in_the_past_and_fold_to_what_lists_show(
    told: Running,
) -> None:
    now = told.clock.now()
    for case in await every_case(told):
        async with told.core.begin.read() as work:
            timeline = await work.cases.timeline(case.id)
        moments = [each.at for each in timeline]
        assert moments == sorted(moments)
        assert moments[-1] < now
        assert retold(case, timeline[:1]).reference == case.reference
        assert case.revision == len(timeline)


async def test_there_is_a_spread_over_services_and_states_and_nothing_for_few(
    told: Running,
) -> None:
    cases = await every_case(told)
    states = Counter(each.state for each in cases)

    assert {each.service for each in cases} == {*OTHERS, *(each.service for each in MATTERS)}
    for state in (
        CaseState.NEW,
        CaseState.IN_PROGRESS,
        CaseState.WAITING,
        CaseState.FIXED,
        CaseState.CONFIRMED,
        CaseState.NOT_CONFIRMED,
        CaseState.DECLINED,
    ):
        assert states[state], state
    assert not any(each.restricted for each in cases)
    summed = await told.core.case_sums.of(await looking(told), months=12)
    whole = total(summed.sums)
    assert 0 < whole.counts.late < whole.counts.open
    assert whole.confirmed_rate is not None
    assert 0.5 < whole.confirmed_rate < 1


async def test_known_problems_and_downtime_stand_on_the_status_page(told: Running) -> None:
    async with on_the_web(told) as person:
        await person.opens("/status")

        assert "Overtime missing from the last pay run" in person.text
        assert "3 schools or departments report this." in person.text
        assert "HR online is closed for an update" in person.text


async def test_what_was_told_was_told_after_the_meeting_that_it_was_for(told: Running) -> None:
    published = await told.core.actions.published()

    assert len(published) == len(MATTERS)
    for action in published:
        assert action.told_at is not None
        assert action.meeting_on is not None
        days = (told.clock.now() - action.told_at).days
        assert days in (NEXT_MEETING_DAYS - 1, NEXT_MEETING_DAYS - 2)
        assert action.meeting_on < action.told_at.date()


async def test_reports_are_of_people_of_the_demonstration_and_each_is_somebodys_to_work(
    told: Running,
) -> None:
    cases = await every_case(told)
    accounts = {each.id: each for each in await told.core.accounts.all()}
    trees = await told.core.organisation.trees()
    for case in cases:
        assert case.person is not None
        async with told.core.begin.read() as work:
            person = await work.people.get(case.person)
            # Of a story nobody is written to.
            assert await work.tellings.of_case(case.id) == []
        assert person is not None
        assert case.unit in person.units
        if case.state is CaseState.NEW:
            assert case.owner is None
            continue
        assert case.owner is not None
        owner = accounts[case.owner]
        looker = Looker(owner.id, owner.grants, trees)
        assert may_see(looker, case, Action.WORK_CASES), (case.service, case.unit)
    assert len({case.owner for case in cases if case.state.open}) > 4
    assert any(case.is_risk and case.state.open for case in cases)
    assert len({case.kind for case in cases if case.state.open}) > 2
    assert set(KINDS) <= {text for texts in OTHERS.values() for text in texts}


async def test_the_manager_of_the_demonstration_has_reports_of_her_own(told: Running) -> None:
    async with told.core.begin() as work:
        manager = await account_of(work, As.MANAGER, now=told.clock.now())
    trees = await told.core.organisation.trees()
    looker = Looker(manager.id, manager.grants, trees)

    assert await told.core.cases.count(CaseQuery(open=True), looker) > 0
    assert await told.core.cases.count(CaseQuery(owner=manager.id), looker) > 0
