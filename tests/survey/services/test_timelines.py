"""Cases as kept: an entry, what the case is after it, its clocks, and the record."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from survey.domain import reporter_acts as acts
from survey.domain.audit import Actor
from survey.domain.case_copy import retold
from survey.domain.case_records import Attachment, CaseQuery, CaseSort, Reach
from survey.domain.cases import (
    Audience,
    Case,
    CaseKind,
    CaseState,
    EntryKind,
    Priority,
    Said,
    Side,
    Verdict,
)
from survey.domain.promises import Promise
from survey.domain.references import reference_of
from survey.errors import CaseRefused
from tests.support.application import Running
from tests.support.cases import a_case, an_entry
from tests.support.stored import audited

BY = Actor.account(uuid4())
HOURS = timedelta(hours=1)


def staff(kind: EntryKind, **more: object) -> Said:
    return Said(kind=kind, side=Side.STAFF, **more)  # type: ignore[arg-type]


def judged(verdict: Verdict) -> Said:
    return Said(kind=EntryKind.JUDGED, side=Side.REPORTER, data={"verdict": verdict.value})


async def seen(here: Running, case: Case) -> Case:
    async with here.core.begin.read() as work:
        found = await work.cases.get(case.id)
    assert found is not None
    return found


async def listed(here: Running, query: CaseQuery | None = None) -> list[str]:
    """The references of all pages of a list, two to a page."""
    found, after = list[str](), None
    async with here.core.begin.read() as work:
        while True:
            page = await work.cases.listed(
                query or CaseQuery(), now=here.core.clock.now(), limit=2, after=after
            )
            found += [case.reference for case in page.cases]
            if (after := page.after) is None:
                return found


async def test_a_report_has_a_reference_a_first_entry_and_three_clocks(here: Running) -> None:
    case = await a_case(here, text="Fourteen were not paid")
    async with here.core.begin.read() as work:
        [first] = await work.cases.timeline(case.id)
        by_reference = await work.cases.by_reference(case.reference)

    assert reference_of(case.reference) == case.reference
    assert by_reference == await seen(here, case) == case
    assert (first.number, first.kind, first.text) == (1, "reported", "Fourteen were not paid")
    assert case.acknowledge_by is not None
    assert case.update_by is not None
    assert case.fix_by is not None
    assert case.opened_at < case.acknowledge_by < case.update_by < case.fix_by


async def test_what_stands_in_the_row_is_what_the_timeline_says(here: Running) -> None:
    opened = await a_case(here)
    case = await an_entry(
        here,
        opened,
        staff(EntryKind.ASSIGNED, audience=Audience.STAFF, data={"owner": None, "team": "pay"}),
        staff(EntryKind.MESSAGE, text="We look into it"),
        staff(EntryKind.FIXED, text="Paid on Friday"),
        judged(Verdict.NOT_FIXED),
        staff(EntryKind.FIXED, text="Paid now"),
        judged(Verdict.FIXED),
        by=BY,
    )
    async with here.core.begin.read() as work:
        timeline = await work.cases.timeline(case.id)
    told = retold(opened, timeline[1:])

    assert await seen(here, case) == case
    assert replace(told, acknowledge_by=None, update_by=None, fix_by=None) == case
    assert (case.state, case.reopenings, case.team) == (CaseState.CONFIRMED, 1, "pay")
    assert case.acknowledge_by is case.update_by is case.fix_by is None


async def test_an_entry_that_does_not_follow_keeps_nothing_of_those_before_it(
    here: Running,
) -> None:
    case = await a_case(here)
    with pytest.raises(CaseRefused):
        await an_entry(here, case, staff(EntryKind.STARTED), judged(Verdict.FIXED))

    assert await seen(here, case) == case


async def test_entries_of_many_at_once_are_all_there_in_one_order(here: Running) -> None:
    case = await a_case(here)
    notes = [staff(EntryKind.NOTE, text=str(n), audience=Audience.STAFF) for n in range(5)]
    await asyncio.gather(*(an_entry(here, case, note) for note in notes))
    async with here.core.begin.read() as work:
        timeline = await work.cases.timeline(case.id)

    assert [entry.number for entry in timeline] == [1, 2, 3, 4, 5, 6]
    assert {entry.text for entry in timeline[1:]} == {"0", "1", "2", "3", "4"}


async def test_each_entry_is_on_the_record_without_a_word_of_it(here: Running) -> None:
    case = await a_case(here, text="My pay is wrong", by=BY)
    await an_entry(here, case, staff(EntryKind.MESSAGE, text="Sorry for that"), by=BY)

    reported, message = [each for each in await audited(here) if each.action.startswith("case.")]
    assert (reported.action, message.action) == ("case.reported", "case.message")
    assert message.details == {"entry": 2, "state": "new", "service": "payroll"}
    assert message.subject == f"case:{case.id}"


async def test_waiting_for_the_reporter_stops_the_clock_for_the_fix_alone(here: Running) -> None:
    case = await a_case(here)
    waiting = await an_entry(here, case, staff(EntryKind.ASKED, text="Which month?"))
    here.clock.advance(timedelta(days=7))
    answered = await an_entry(
        here, case, Said(kind=EntryKind.MESSAGE, side=Side.REPORTER, text="May")
    )

    assert waiting.fix_by is None
    assert waiting.update_by is not None
    assert answered.state is CaseState.IN_PROGRESS
    assert case.fix_by is not None
    assert answered.fix_by == case.fix_by + timedelta(days=7)


async def test_a_report_has_the_times_that_its_service_promises(here: Running) -> None:
    plain = await a_case(here, service="payroll", priority=Priority.URGENT)
    promise = Promise.model_validate({"times": _times(acknowledge=2)})
    await here.core.promises.put("payroll", promise, expected_revision=0, by=BY)
    promised = await a_case(here, service="payroll", priority=Priority.URGENT)

    assert plain.acknowledge_by == plain.opened_at + HOURS
    assert promised.acknowledge_by == promised.opened_at + 2 * HOURS


async def test_data_that_went_astray_has_seventy_two_hours_by_the_clock_on_the_wall(
    here: Running,
) -> None:
    case = await a_case(here, kind=CaseKind.DATA_ASTRAY, restricted=True)

    assert case.fix_by == case.opened_at + 72 * HOURS
    asked = await an_entry(here, case, staff(EntryKind.ASKED, text="To whom?"))
    here.clock.advance(timedelta(days=1))
    answered = await an_entry(here, case, acts.message("The wrong school"))
    assert asked.fix_by == answered.fix_by == case.fix_by


async def test_sorting_keeps_what_was_promised_and_takes_the_time_for_a_fix_with_it(
    here: Running,
) -> None:
    case = await a_case(here)
    soon = here.clock.now() + timedelta(hours=2)
    planned = staff(EntryKind.PLANNED, data={"at": soon.isoformat()})
    urgent = staff(EntryKind.SORTED, audience=Audience.STAFF, data={"priority": "urgent"})
    await an_entry(here, case, planned)
    waiting = await an_entry(here, case, staff(EntryKind.ASKED, text="Which month?"))
    await an_entry(here, case, planned)

    sorted_ = await an_entry(here, case, urgent)

    assert sorted_.update_by == soon
    assert waiting.fix_left is not None
    assert sorted_.fix_left is not None
    assert sorted_.fix_left < waiting.fix_left


async def test_lists_are_paged_in_their_order_and_show_none_that_are_for_few(
    here: Running,
) -> None:
    cases = []
    for number in range(5):
        here.clock.advance(timedelta(minutes=1))
        cases.append(await a_case(here, restricted=number == 4))
    here.clock.advance(timedelta(minutes=1))
    await an_entry(here, cases[0], staff(EntryKind.NOTE, audience=Audience.STAFF))
    first, second, third, fourth, few = (case.reference for case in cases)

    assert await listed(here) == [second, third, fourth, first]
    assert await listed(here, CaseQuery(sort=CaseSort.NEWEST)) == [fourth, third, second, first]
    assert (await listed(here, CaseQuery(restricted=True)))[-2:] == [few, first]
    assert await listed(here, CaseQuery(reach=(Reach(services=frozenset({"it"})),))) == []
    assert await listed(here, CaseQuery(states=frozenset({CaseState.NEW}))) != []


async def test_a_reporter_is_told_what_they_may_read_now_or_with_the_rest_of_a_day(
    here: Running,
) -> None:
    case = await a_case(here, email="ann@school.example")
    await an_entry(
        here,
        case,
        staff(EntryKind.NOTE, text="Calls often", audience=Audience.STAFF),
        staff(EntryKind.MESSAGE, text="We look into it"),
        staff(EntryKind.ASKED, text="Which month?"),
    )
    async with here.core.begin.read() as work:
        tellings = await work.tellings.of_case(case.id)

    assert [(each.entry, each.kind) for each in tellings] == [
        (1, "received"),
        (3, "reply"),
        (4, "question"),
    ]
    assert {each.receiver for each in tellings} == {"email:ann@school.example"}
    assert {each.due_at for each in tellings} == {here.core.clock.now()}


async def test_nobody_is_told_where_nobody_can_be_reached_or_saw_it_already(here: Running) -> None:
    nobody, in_chat = await a_case(here), await a_case(here, chat="telegram:1:7")
    await an_entry(here, nobody, staff(EntryKind.MESSAGE, text="Hello"))
    async with here.core.begin.read() as work:
        assert await work.tellings.of_case(nobody.id) == []
        assert await work.tellings.of_case(in_chat.id) == []


async def test_files_of_an_entry_become_those_of_the_case(here: Running) -> None:
    case, conversation = await a_case(here), uuid4()
    photo = Attachment(
        uuid4(),
        "payslip.jpg",
        "image/jpeg",
        2_000,
        here.core.clock.now(),
        source="AgACAgQ",
        conversation=conversation,
    )
    async with here.core.begin() as work:
        await work.attachments.add([photo])
        [waiting] = await work.attachments.to_fetch(limit=5)
        await work.attachments.settle(replace(photo, digest="d" * 64, source=""))
        await work.commit()
    said = Said(kind=EntryKind.MESSAGE, side=Side.REPORTER, files=(photo.id,))
    await an_entry(here, case, said)
    async with here.core.begin.read() as work:
        of_case = await work.attachments.of_case(case.id)
        of_conversation = await work.attachments.of_conversation(conversation)
        to_fetch = await work.attachments.to_fetch(limit=5)
        known = await work.attachments.known(["d" * 64, "e" * 64])
        *_, entry = await work.cases.timeline(case.id)

    assert waiting == photo
    assert [each.id for each in of_case] == [photo.id]
    assert (of_case[0].case, of_case[0].entry, of_case[0].source) == (case.id, 2, "")
    assert of_conversation == to_fetch == []
    assert known == {"d" * 64}
    assert entry.files == (photo.id,)


def _times(*, acknowledge: int) -> dict[str, dict[str, int]]:
    return {
        priority.value: {"acknowledge": acknowledge, "update": 8, "fix": 40}
        for priority in Priority
    }
