"""Cases as their reporters see them: their own, those of their school, and no others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from survey.domain import case_acts as acts
from survey.domain.campaign import ChannelName
from survey.domain.case_records import CaseQuery, Coming
from survey.domain.cases import (
    Audience,
    Case,
    CaseKind,
    CaseState,
    EntryKind,
    Priority,
    Side,
    Verdict,
)
from survey.domain.people import Person
from survey.domain.records import InboxRow, UpdateKey
from survey.domain.waves import Outcome
from survey.errors import AlreadyApplied, CaseRefused, FieldsRejected, NotFound
from survey.ports.cases import Told
from survey.services.own_cases import OwnCases
from survey.services.reporters import Reporter
from survey.services.scores import HANDLING
from tests.support.application import NOON, Running
from tests.support.cases import a_case, an_entry
from tests.support.pictures import photo
from tests.support.statements import statements_of

CHAT = Reporter(chat="telegram:1:7")


async def people(here: Running, *units: str) -> list[Person]:
    some = [Person(uuid4(), f"p-{n}", f"Person {n}", (unit,), NOON) for n, unit in enumerate(units)]
    async with here.core.begin() as work:
        await work.people.put(some)
        await work.commit()
    return some


def by(person: Person) -> Reporter:
    return Reporter(person=person.id)


async def test_a_reporter_reads_what_is_for_them_and_not_what_staff_write_to_each_other(
    here: Running,
) -> None:
    [ann] = await people(here, "oakfield")
    case = await a_case(here, person=ann.id, unit="oakfield", text="No payslip")
    await an_entry(here, case, acts.note("They call often"), acts.reply("We look into it"))

    found = await here.core.own_cases.get(case.id, by(ann))

    assert [entry.text for entry in found.timeline] == ["No payslip", "We look into it"]
    assert not found.is_colleagues
    assert [each.id for each in await here.core.own_cases.of(by(ann))] == [case.id]


async def test_others_do_not_find_it_and_cannot_write_in_it(here: Running) -> None:
    ann, eve = await people(here, "oakfield", "elmwood")
    case = await a_case(here, person=ann.id, unit="oakfield")
    for stranger in (by(eve), CHAT, Reporter(), Reporter(link=uuid4())):
        with pytest.raises(NotFound):
            await here.core.own_cases.get(case.id, stranger)
        with pytest.raises(NotFound):
            await here.core.own_cases.say(case.id, "Hello", who=stranger)
        assert await here.core.own_cases.of(stranger) == []


async def test_a_chat_that_nobody_joined_has_its_own_cases_and_a_link_has_one(
    here: Running,
) -> None:
    case = await a_case(here, chat="telegram:1:7")
    link = Reporter(link=case.link)

    await here.core.own_cases.say(case.id, "It is the May payslip", who=CHAT)
    await here.core.own_cases.say(case.id, "By the page", who=link)

    assert [each.id for each in await here.core.own_cases.of(CHAT)] == [case.id]
    assert [each.id for each in await here.core.own_cases.of(link)] == [case.id]
    timeline = (await here.core.own_cases.get(case.id, link)).timeline
    assert [entry.actor for entry in timeline[1:]] == ["reporter", "reporter"]


async def test_who_left_the_school_sees_its_cases_no_more(here: Running) -> None:
    [ann] = await people(here, "oakfield")
    case = await a_case(here, person=ann.id, unit="oakfield")
    for gone in (replace(ann, ended_at=NOON), replace(ann, units=("elmwood",))):
        async with here.core.begin() as work:
            await work.people.put([gone])
            await work.commit()
        with pytest.raises(NotFound):
            await here.core.own_cases.get(case.id, by(ann))
        assert await here.core.own_cases.of(by(ann)) == []


async def test_the_link_of_who_left_the_school_opens_nothing_also_once_a_colleague_stands_in(
    here: Running,
) -> None:
    ann, ben = await people(here, "oakfield", "oakfield")
    case = await a_case(here, person=ann.id, unit="oakfield")
    link = Reporter(link=case.link)
    assert (await here.core.own_cases.get(case.id, link)).case.id == case.id
    async with here.core.begin() as work:
        await work.people.put([replace(ann, units=("elmwood",))])
        await work.commit()

    with pytest.raises(NotFound):
        await here.core.own_cases.get(case.id, link)
    taken = await here.core.own_cases.hand_on(case.id, ben.id, who=by(ben))
    with pytest.raises(NotFound):
        await here.core.own_cases.get(case.id, link)
    with pytest.raises(NotFound):
        await here.core.own_cases.behind(case.link)
    assert await here.core.own_cases.behind(taken.link) == case.id


async def test_only_files_that_no_entry_has_yet_wait_for_one(here: Running) -> None:
    case = await a_case(here, chat="telegram:1:7")
    kept = [
        await here.core.attachments.keep(f"{name}.jpg", photo(), case=case.id)
        for name in ("said", "waits")
    ]
    await here.core.own_cases.say(case.id, "", (kept[0].id,), who=CHAT)

    asked = [uuid4(), *(each.id for each in kept)]
    waiting = await here.core.own_cases.waiting(case.id, asked, who=CHAT)

    assert [each.name for each in waiting] == ["waits.jpg"]
    with pytest.raises(NotFound):
        await here.core.own_cases.waiting(case.id, asked, who=Reporter(link=uuid4()))


async def test_a_colleague_of_the_school_reads_it_and_may_take_it_over(here: Running) -> None:
    ann, ben, eve = await people(here, "oakfield", "oakfield", "elmwood")
    case = await a_case(here, person=ann.id, unit="oakfield")
    cases = here.core.own_cases

    assert (await cases.get(case.id, by(ben))).is_colleagues
    with pytest.raises(NotFound):
        await cases.say(case.id, "Me too", who=by(ben))
    with pytest.raises(NotFound):
        await cases.hand_on(case.id, eve.id, who=by(ann))
    with pytest.raises(NotFound):
        await cases.hand_on(case.id, ann.id, who=by(ben))
    assert [each.id for each in await cases.colleagues(case.id, who=by(ann))] == [ben.id]

    taken = await cases.hand_on(case.id, ben.id, who=by(ben))

    assert taken.person == ben.id
    assert (await cases.get(case.id, by(ann))).is_colleagues
    await cases.hand_on(case.id, ann.id, who=by(ben))
    assert not (await cases.get(case.id, by(ann))).is_colleagues


async def test_what_is_for_few_is_not_for_colleagues(here: Running) -> None:
    ann, ben = await people(here, "oakfield", "oakfield")
    case = await a_case(here, person=ann.id, unit="oakfield", restricted=True)

    with pytest.raises(NotFound):
        await here.core.own_cases.get(case.id, by(ben))
    with pytest.raises(NotFound):
        await here.core.own_cases.hand_on(case.id, ben.id, who=by(ann))
    assert await here.core.own_cases.colleagues(case.id, who=by(ann)) == []


async def test_no_reopens_it_and_yes_ends_it(here: Running) -> None:
    case = await an_entry(here, await a_case(here, chat="telegram:1:7"), acts.fixed("Paid"))
    cases = here.core.own_cases

    reopened = await cases.judge(case.id, Verdict.NOT_FIXED, who=CHAT)
    again = await cases.judge(case.id, Verdict.NOT_FIXED, who=CHAT)
    assert (reopened.state, again.revision) == (CaseState.REOPENED, reopened.revision)
    await an_entry(here, case, acts.fixed("Paid now"))
    ended = await cases.judge(case.id, Verdict.FIXED, who=CHAT)

    assert (ended.state, ended.reopenings) == (CaseState.CONFIRMED, 1)


async def test_what_is_still_wrong_is_said_with_the_verdict_or_after_it(here: Running) -> None:
    case = await an_entry(here, await a_case(here, chat="telegram:1:7"), acts.fixed("Paid"))
    cases = here.core.own_cases
    with pytest.raises(FieldsRejected):
        await cases.judge(case.id, Verdict.PARTLY, "x" * 4_001, who=CHAT)

    for wrong in (" One is missing ", "", "Two are"):
        await cases.judge(case.id, Verdict.PARTLY, wrong, who=CHAT)

    said = (await cases.get(case.id, CHAT)).timeline[2:]
    assert [(each.kind, each.text) for each in said] == [
        (EntryKind.JUDGED, "One is missing"),
        (EntryKind.MESSAGE, "Two are"),
    ]


async def fixed(here: Running, **said: Any) -> Case:
    case = await a_case(here, chat="telegram:1:7", unit="oakfield", **said)
    case = await an_entry(here, case, acts.fixed("Paid"))
    return await here.core.own_cases.judge(case.id, Verdict.FIXED, who=CHAT)


async def scores(here: Running) -> int:
    """How many were taken."""
    async with here.core.database.engine.connect() as reading:
        found = await reading.execute(text("SELECT count(*) FROM sealed"))
    return int(found.scalar_one())


async def test_how_it_was_handled_is_an_answer_and_the_case_knows_only_that_there_was_one(
    here: Running,
) -> None:
    await here.publish(HANDLING, open_link=False)
    case = await fixed(here)
    cases = here.core.own_cases
    assert (await cases.get(case.id, CHAT)).asks_rating

    await cases.rate(case.id, 4, who=CHAT)
    again = await cases.rate(case.id, 2, who=CHAT)

    found = await cases.get(case.id, CHAT)
    last = found.timeline[-1]
    assert (last.kind, last.text, dict(last.data)) == (EntryKind.RATED, "", {})
    assert (again.revision, found.asks_rating) == (last.number, False)
    assert await scores(here) == 1


async def test_a_score_that_was_taken_before_a_crash_is_not_taken_twice(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.publish(HANDLING, open_link=False)
    case = await fixed(here)
    with monkeypatch.context() as crash:
        crash.setattr(OwnCases, "_add", None)
        with pytest.raises(TypeError):
            await here.core.own_cases.rate(case.id, 4, who=CHAT)

    for score in (5, 4):
        await here.core.own_cases.rate(case.id, score, who=CHAT)

    assert await scores(here) == 1
    kinds = [each.kind for each in (await here.core.own_cases.get(case.id, CHAT)).timeline]
    assert kinds.count(EntryKind.RATED) == 1


async def test_what_is_fixed_once_more_is_rated_once_more(here: Running) -> None:
    await here.publish(HANDLING, open_link=False)
    case = await fixed(here)
    cases = here.core.own_cases
    await cases.rate(case.id, 1, who=CHAT)
    await an_entry(here, case, acts.reopened("It is back"), acts.fixed("Paid again"))
    await cases.judge(case.id, Verdict.FIXED, who=CHAT)

    await cases.rate(case.id, 5, who=CHAT)

    assert await scores(here) == 2


async def test_nobody_is_asked_for_a_score_that_nothing_could_count(here: Running) -> None:
    case, cases = await fixed(here), here.core.own_cases
    with pytest.raises(CaseRefused):
        await cases.rate(case.id, 4, who=CHAT)
    await here.publish(HANDLING, open_link=False)
    nowhere = await a_case(here, chat="telegram:1:7")
    nowhere = await an_entry(here, nowhere, acts.fixed("Paid"))
    await cases.judge(nowhere.id, Verdict.FIXED, who=CHAT)
    with pytest.raises(CaseRefused):
        await cases.rate(nowhere.id, 4, who=CHAT)
    assert not (await cases.get(nowhere.id, CHAT)).asks_rating

    for score in (0, 6):
        with pytest.raises(FieldsRejected):
            await cases.rate(case.id, score, who=CHAT)
    with pytest.raises(NotFound):
        await cases.rate(case.id, 4, who=Reporter(chat="telegram:1:8"))
    assert await scores(here) == 0


async def test_an_update_that_comes_twice_is_one_message(here: Running) -> None:
    case, update = await a_case(here, chat="telegram:1:7"), UpdateKey(1, 5)
    async with here.core.begin() as work:
        await work.inbox.store([InboxRow(update, 7, b"x", "inbox-2026-05", NOON)])
        await work.commit()

    await here.core.own_cases.say(case.id, "Still wrong", who=CHAT, update=update)
    with pytest.raises(AlreadyApplied):
        await here.core.own_cases.say(case.id, "Still wrong", who=CHAT, update=update)

    timeline = (await here.core.own_cases.get(case.id, CHAT)).timeline
    assert [entry.kind for entry in timeline] == [EntryKind.REPORTED, EntryKind.MESSAGE]


async def test_an_empty_message_is_refused_and_keeps_nothing(here: Running) -> None:
    case = await a_case(here, chat="telegram:1:7")
    with pytest.raises(FieldsRejected):
        await here.core.own_cases.say(case.id, " ", who=CHAT)
    with pytest.raises(NotFound):
        await here.core.own_cases.say(UUID(int=0), "Hello", who=CHAT)
    assert len((await here.core.own_cases.get(case.id, CHAT)).timeline) == 1


# --- by chat, with files that Telegram still holds ---


def coming(number: int) -> Coming:
    return Coming("", 1_000, f"file-{number}")


async def several_updates(here: Running, *numbers: int) -> list[UpdateKey]:
    rows = [InboxRow(UpdateKey(1, each), 7, b"x", "inbox-2026-05", NOON) for each in numbers]
    async with here.core.begin() as work:
        await work.inbox.store(rows)
        await work.commit()
    return [each.key for each in rows]


async def test_an_album_is_one_entry_and_the_effect_of_all_its_updates_once(
    here: Running,
) -> None:
    case, cases = await a_case(here, chat="telegram:1:7"), here.core.own_cases
    updates = await several_updates(here, 5, 6, 7)

    await cases.send(
        case.id, "Pages", [coming(1), coming(2)], who=CHAT, updates=updates, mark="1:7"
    )
    for again in (updates[:1], updates):
        await cases.send(case.id, "Pages", [coming(1)], who=CHAT, updates=again, mark="1:7")
    with pytest.raises(AlreadyApplied):
        await cases.send(case.id, "Pages", [coming(1)], who=CHAT, updates=updates[1:], mark="1:8")

    own = await cases.get(case.id, CHAT)
    [_, entry] = own.timeline
    async with here.core.begin.read() as work:
        waiting = await work.attachments.to_fetch(limit=10)
    assert (entry.text, len(entry.files)) == ("Pages", 2)
    assert {each.id for each in waiting} == set(entry.files)
    assert {each.source for each in waiting} == {"file-1", "file-2"}


async def test_a_message_whose_sender_was_told_has_its_effect_no_more(here: Running) -> None:
    case, cases = await a_case(here, chat="telegram:1:7"), here.core.own_cases
    updates = await several_updates(here, 5)

    await cases.send(case.id, "May", who=CHAT, updates=updates, mark="1:7")
    await here.core.writer.settle(updates[0])

    with pytest.raises(AlreadyApplied):
        await cases.send(case.id, "May", who=CHAT, updates=updates, mark="1:7")


async def test_files_that_are_not_taken_are_told_and_the_rest_is_kept(here: Running) -> None:
    case, cases = await a_case(here, chat="telegram:1:7"), here.core.own_cases
    film = Coming("film.pdf", 50_000_000, "file-3")

    some = await cases.send(case.id, "", [film, coming(1)], who=CHAT)
    nothing = await cases.send(case.id, "", [film], who=CHAT)

    assert [each.name for each in some.refused] == ["film.pdf"]
    assert nothing.case.revision == some.case.revision == 2
    with pytest.raises(NotFound):
        await cases.send(case.id, "Hello", who=Reporter(chat="telegram:1:8"))
    with pytest.raises(FieldsRejected):
        await cases.send(case.id, "x" * 4_001, who=CHAT)


async def test_what_a_message_of_ours_is_about_is_known_by_its_number_or_its_reference(
    here: Running,
) -> None:
    case = await an_entry(here, await a_case(here, chat="telegram:1:7"), acts.reply("Soon"))
    other, cases = await a_case(here, chat="telegram:1:7"), here.core.own_cases
    async with here.core.begin() as work:
        holder, now = uuid4(), here.clock.now()
        lease = timedelta(minutes=1)
        [telling] = await work.tellings.claim(holder, now=now, limit=5, lease=lease)
        told = Told(telling.id, Outcome.SENT, channel=ChannelName.CHAT, message_id=77)
        await work.tellings.settle(holder, [told], now=now)
        await work.commit()

    async def meant(message: int, text: str, who: Reporter = CHAT) -> UUID | None:
        return await cases.meant(who, message=message, text=text)

    assert await meant(77, "Payroll wrote to you") == case.id
    assert await meant(78, f"Added to {other.reference}.") == other.id
    assert await meant(78, "Nothing of the kind: P-0000") is None
    assert await meant(77, f"{case.reference}: read\n{other.reference}: read") is None
    assert await meant(77, "Payroll wrote to you", Reporter(chat="telegram:1:8")) is None


async def test_who_has_joined_keeps_the_reports_of_their_chat(here: Running) -> None:
    [ann] = await people(here, "oakfield")
    before = await a_case(here, chat="telegram:1:7")
    since = await a_case(here, person=ann.id, unit="oakfield")
    both = Reporter(person=ann.id, chat="telegram:1:7")

    assert {each.id for each in await here.core.own_cases.of(both)} == {before.id, since.id}


async def test_b5_the_last_of_two_verdicts_counts_and_reopens_once(here: Running) -> None:
    case = await an_entry(here, await a_case(here, chat="telegram:1:7"), acts.fixed("Paid"))
    for verdict in (Verdict.NOT_FIXED, Verdict.PARTLY, Verdict.FIXED):
        case = await here.core.own_cases.judge(case.id, verdict, who=CHAT)

    assert (case.state, case.reopenings) == (CaseState.CONFIRMED, 1)
    assert case.reporter_verdict is Verdict.FIXED


async def test_b20_words_of_danger_in_a_later_message_make_it_urgent_and_for_few(
    here: Running,
) -> None:
    case = await a_case(here, chat="telegram:1:7", text="No payslip")

    await here.core.own_cases.say(case.id, "I want to kill myself", who=CHAT)

    async with here.core.begin.read() as work:
        found = await work.cases.get(case.id)
        *_, said, routed = await work.cases.timeline(case.id)
        query = CaseQuery(words="payslip", restricted=True)
        assert await work.cases.count(query, now=here.clock.now()) == 0
    assert found is not None
    assert (found.restricted, found.priority) == (True, Priority.URGENT)
    assert (said.side, said.kind) == (Side.REPORTER, EntryKind.MESSAGE)
    assert (routed.side, routed.kind, routed.audience) == (
        Side.SERVICE,
        EntryKind.SORTED,
        Audience.STAFF,
    )


async def test_what_nobody_known_reported_or_a_survey_opened_is_no_colleagues_to_take(
    here: Running,
) -> None:
    """Whoever names a school need not be of it."""
    ann, ben = await people(here, "oakfield", "oakfield")
    nobodys = await a_case(here, chat="telegram:1:7", unit="oakfield")
    surveyed = await a_case(here, person=ben.id, unit="oakfield", kind=CaseKind.FEEDBACK)

    for case in (nobodys, surveyed):
        with pytest.raises(NotFound):
            await here.core.own_cases.get(case.id, by(ann))
        with pytest.raises(NotFound):
            await here.core.own_cases.hand_on(case.id, ann.id, who=by(ann))


async def test_who_left_the_body_sees_no_report_of_theirs_also_without_a_school(
    here: Running,
) -> None:
    [ann] = await people(here, "oakfield")
    case = await a_case(here, person=ann.id)
    async with here.core.begin() as work:
        await work.people.put([replace(ann, ended_at=NOON)])
        await work.commit()

    assert await here.core.own_cases.of(by(ann)) == []
    for who in (by(ann), Reporter(link=case.link)):
        with pytest.raises(NotFound):
            await here.core.own_cases.get(case.id, who)


async def test_a_list_of_many_asks_the_database_as_often_as_one_of_few(here: Running) -> None:
    [ann] = await people(here, "oakfield")
    asked = []
    for number in (1, 5):
        for _ in range(number):
            await a_case(here, person=ann.id, unit="oakfield")
        with statements_of(here) as seen:
            await here.core.own_cases.of(by(ann))
        asked.append(len(seen))

    assert asked[0] == asked[1]
