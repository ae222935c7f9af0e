"""Reports of problems: begun with what is known already, and made a case once, as they are sent."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from survey.db.tables import cases, letters, receipts
from survey.db.unit_of_work import SqlUnitOfWork
from survey.domain.case_records import Attachment, Coming, Problem, ProblemState
from survey.domain.cases import Case, CaseKind, Effect, Entry, EntryKind, Priority, Side
from survey.domain.distress import Concern
from survey.domain.identifiers import Identifier
from survey.domain.people import Person
from survey.domain.records import InboxRow, UpdateKey
from survey.domain.reporting import REPORT
from survey.domain.turns import (
    Attach,
    ChooseUnit,
    Input,
    OverTurn,
    Phase,
    Put,
    QuestionTurn,
    ReviewTurn,
    Skip,
    Start,
    Submit,
    UnitTurn,
)
from survey.errors import AlreadyApplied, NotFound
from survey.services.conversations import Brought
from survey.services.reporters import Reporter
from survey.services.shown import Shown
from tests.support.application import NOON, Running, running

CHAT = "telegram:1:7"
WEB = "web:abc"
DAY = timedelta(days=1)
ANSWERS = {"service": "payroll", "kind": "wrong_pay", "effect": "stuck", "happened": "No payslips"}


async def a_person(here: Running, *units: str) -> Person:
    ann = Person(uuid4(), f"p-{uuid4().hex[:6]}", "Ann Other", units, NOON)
    async with here.core.begin() as work:
        await work.people.put([ann])
        await work.commit()
    return ann


async def go_on(here: Running, shown: Shown, *inputs: Input, owner: str = CHAT) -> Shown:
    for each in inputs:
        shown = await here.core.conversations.apply(shown.conversation, each, owner=owner)
    return shown


async def to_the_end(here: Running, shown: Shown, *, owner: str = CHAT) -> Shown:
    """Answer what is asked, up to the check page; the unit is Oakfield where one is asked for."""
    while not isinstance(shown.turn, ReviewTurn):
        shown = await one_step(here, shown, owner=owner)
    return shown


async def one_step(here: Running, shown: Shown, *, owner: str) -> Shown:
    match shown.turn:
        case UnitTurn():
            unit = await here.core.conversations.unit("oakfield")
            return await go_on(here, shown, ChooseUnit(unit), owner=owner)
        case QuestionTurn(name=name) if name in ANSWERS:
            return await go_on(here, shown, Put(name, ANSWERS[name]), owner=owner)
        case QuestionTurn(name=name):
            return await go_on(here, shown, Skip(name), owner=owner)
        case _:
            return await go_on(here, shown, Start(), owner=owner)


async def sent(here: Running, shown: Shown, *, owner: str = CHAT) -> Shown:
    shown = await to_the_end(here, shown, owner=owner)
    return await go_on(here, shown, Submit(shown.state.revision), owner=owner)


async def kept(here: Running) -> Sequence[str]:
    async with here.core.database.reading() as connection:
        return list(await connection.scalars(select(cases.c.reference)))


async def test_what_is_sent_is_a_case_with_its_answers_and_its_reference_is_the_receipt(
    here: Running,
) -> None:
    shown = await sent(here, await here.core.reports.begin(CHAT, at_once=True))

    assert shown.state.phase is Phase.SENT
    assert shown.receipt is not None
    async with here.core.begin.read() as work:
        case = await work.cases.by_reference(shown.receipt.reference)
        assert case is not None
        [first] = await work.cases.timeline(case.id)
    assert (case.service, case.unit, case.chat) == ("payroll", "oakfield", CHAT)
    assert (case.kind, case.effect) == (CaseKind.WRONG_PAY, Effect.STUCK)
    assert case.priority is Priority.HIGH
    assert (first.kind, first.text) == (EntryKind.REPORTED, "No payslips")
    answered = {"service": "payroll", "kind": "wrong_pay", "effect": "stuck"}
    assert first.data == {"questionnaire": REPORT, "version": 1, "answers": answered}


async def test_the_shortest_way_takes_six_taps_and_one_text(here: Running) -> None:
    ann = await a_person(here, "oakfield")
    shown = await here.core.reports.begin(WEB, person=ann.id, at_once=True)
    asked = []
    while isinstance(shown.turn, QuestionTurn):
        name = shown.turn.name
        asked.append(name)
        answer = Put(name, ANSWERS[name]) if name in ANSWERS else Skip(name)
        shown = await go_on(here, shown, answer, owner=WEB)

    assert asked == ["service", "kind", "happened", "effect", "files"]
    assert isinstance(shown.turn, ReviewTurn)  # and Send is the fifth tap, a system the sixth


async def test_a_photo_with_a_caption_begins_a_report_and_asks_only_for_what_is_missing(
    here: Running,
) -> None:
    """Section C, school business manager: attachment first also works."""
    ann = await a_person(here, "oakfield")
    shown = await here.core.reports.begin(
        WEB, person=ann.id, given={"happened": "payslip wrong again"}, at_once=True
    )
    photo = Attachment(uuid4(), "photo.jpg", "image/jpeg", 9, NOON, conversation=shown.conversation)
    async with here.core.begin() as work:
        await work.attachments.add([photo])
        await work.commit()
    shown = await go_on(here, shown, Attach(str(photo.id)), owner=WEB)
    asked = []
    while isinstance(shown.turn, QuestionTurn):
        asked.append(shown.turn.name)
        shown = await go_on(here, shown, Put(asked[-1], ANSWERS[asked[-1]]), owner=WEB)
    shown = await go_on(here, shown, Submit(), owner=WEB)

    assert asked == ["service", "kind", "effect"]
    [case] = await here.core.own_cases.of(Reporter(person=ann.id))
    found = await here.core.own_cases.get(case.id, Reporter(person=ann.id))
    assert found.timeline[0].text == "payslip wrong again"
    assert found.timeline[0].files == (photo.id,)
    assert [each.id for each in found.files] == [photo.id]


async def test_a_file_that_was_refused_before_the_report_was_sent_is_told_with_it(
    here: Running,
) -> None:
    shown = await here.core.reports.begin(CHAT, at_once=True)
    file = Attachment(
        uuid4(), "a.svg", "", 9, NOON, refused="page", conversation=shown.conversation
    )
    async with here.core.begin() as work:
        await work.attachments.add([file])
        await work.commit()

    await sent(here, await go_on(here, shown, Attach(str(file.id))))

    [case] = await here.core.own_cases.of(Reporter(chat=CHAT))
    first, second = (await here.core.own_cases.get(case.id, Reporter(chat=CHAT))).timeline
    assert first.files == (file.id,)
    assert (second.kind, second.data["name"]) == (EntryKind.UNKEPT, "a.svg")


async def test_a_file_of_somebody_elses_report_is_not_taken_along(here: Running) -> None:
    other = await here.core.reports.begin("telegram:1:8", at_once=True)
    photo = Attachment(uuid4(), "a.jpg", "image/jpeg", 9, NOON, conversation=other.conversation)
    async with here.core.begin() as work:
        await work.attachments.add([photo])
        await work.commit()
    shown = await here.core.reports.begin(CHAT, at_once=True)
    await sent(here, await go_on(here, shown, Attach(str(photo.id))))

    [case] = await here.core.own_cases.of(Reporter(chat=CHAT))
    assert (await here.core.own_cases.get(case.id, Reporter(chat=CHAT))).files == ()


async def test_who_stands_for_one_school_reports_for_it_and_is_not_asked(here: Running) -> None:
    ann = await a_person(here, "oakfield")

    shown = await here.core.reports.begin(WEB, person=ann.id, at_once=True)

    assert isinstance(shown.turn, QuestionTurn)
    assert shown.state.unit is not None
    assert shown.state.unit.key == "oakfield"


async def test_who_stands_for_several_schools_chooses_one_of_them_first(here: Running) -> None:
    """Section C, school business manager: one person covering three schools."""
    ann = await a_person(here, "elmwood", "oakfield")

    shown = await here.core.reports.begin(WEB, person=ann.id, at_once=True)
    assert isinstance(shown.turn, UnitTurn)
    assert [each.key for each in shown.turn.candidates] == ["elmwood", "oakfield"]

    care = await here.core.conversations.unit("adult-social-care")
    assert isinstance((await go_on(here, shown, ChooseUnit(care), owner=WEB)).turn, UnitTurn)
    shown = await go_on(here, shown, ChooseUnit(shown.turn.candidates[0]), owner=WEB)
    assert isinstance(shown.turn, QuestionTurn)


async def test_a_stranger_on_the_web_is_asked_for_an_address_and_answered_there(
    here: Running,
) -> None:
    shown = await here.core.reports.begin(WEB, at_once=True)
    shown = await to_the_end(here, shown, owner=WEB)
    assert "email" in [line.question for line in shown.turn.lines]  # type: ignore[union-attr]


async def test_a_repeat_of_the_tap_that_sends_makes_no_second_case(here: Running) -> None:
    shown = await to_the_end(here, await here.core.reports.begin(CHAT, at_once=True))

    first = await go_on(here, shown, Submit(shown.state.revision))
    again = await go_on(here, shown, Submit(shown.state.revision))

    assert first.receipt == again.receipt
    assert await kept(here) == [first.receipt.reference] if first.receipt else []


async def test_a_case_opens_with_what_the_update_says_that_sends_it(here: Running) -> None:
    shown = await to_the_end(here, await here.core.reports.begin(CHAT, at_once=True))
    key = UpdateKey(1, 5)
    async with here.core.begin() as work:
        await work.inbox.store([InboxRow(key, 7, b"{}", "", here.core.clock.now())])
        await work.commit()

    submit = Submit(shown.state.revision)
    await here.core.conversations.apply(shown.conversation, submit, owner=CHAT, update=key)

    async with here.core.begin.read() as work:
        assert await work.inbox.waiting(1, limit=9) == []


async def waiting_updates(here: Running, *numbers: int) -> tuple[UpdateKey, ...]:
    """Rows of the inbox with these numbers."""
    keys = tuple(UpdateKey(1, number) for number in numbers)
    async with here.core.begin() as work:
        await work.inbox.store(
            [InboxRow(each, 7, b"{}", "", here.core.clock.now()) for each in keys]
        )
        await work.commit()
    return keys


@pytest.mark.parametrize("begun", [False, True])
async def test_an_album_is_attached_with_its_updates_and_not_once_more(
    here: Running, begun: bool
) -> None:
    album = Brought((Coming("", 0, "1"), Coming("", 0, "2")), await waiting_updates(here, 5, 6))
    if begun:
        await here.core.reports.begin(CHAT, at_once=True)

    shown = await here.core.reports.begin(CHAT, at_once=True, brought=album)
    for again in (album, replace(album, updates=album.updates[1:])):
        with pytest.raises(AlreadyApplied):
            await here.core.conversations.attach(shown.conversation, again, owner=CHAT)

    files = await here.core.reports.files(shown.conversation)
    by_source = {each.source: str(each.id) for each in files}
    assert len(files) == 2
    assert shown.state.answers["files"] == (by_source["1"], by_source["2"])
    assert (shown.attached, shown.refused) == (2, ())
    async with here.core.begin.read() as work:
        assert await work.inbox.waiting(1, limit=9) == []


async def test_a_file_is_attached_once_to_where_a_report_has_got_to_meanwhile(
    here: Running,
) -> None:
    shown = await here.core.reports.begin(CHAT, at_once=True)
    await go_on(here, shown, ChooseUnit(await here.core.conversations.unit("oakfield")))

    file = Brought((Coming("", 0, "1"),), await waiting_updates(here, 5))
    later = await here.core.conversations.attach(shown.conversation, file, owner=CHAT, seen=shown)

    assert later.state.unit is not None
    assert len(await here.core.reports.files(shown.conversation)) == 1


async def test_what_comes_to_a_report_that_is_over_is_not_attached_and_has_had_its_effect(
    here: Running,
) -> None:
    shown = await sent(here, await here.core.reports.begin(CHAT, at_once=True))

    file = Brought((Coming("", 0, "1"),), await waiting_updates(here, 5))
    over = await here.core.conversations.attach(shown.conversation, file, owner=CHAT)

    assert isinstance(over.turn, OverTurn)
    assert await here.core.reports.files(shown.conversation) == []
    async with here.core.begin.read() as work:
        assert await work.inbox.waiting(1, limit=9) == []


class _KilledError(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("durable", [False, True])
async def test_a_kill_around_the_commit_that_sends_leaves_one_case_after_the_repeat(
    here: Running, monkeypatch: pytest.MonkeyPatch, durable: bool
) -> None:
    """A7 for reports: the process ends before or after the commit, and the update comes again."""
    shown = await to_the_end(here, await here.core.reports.begin(CHAT, at_once=True))
    key = UpdateKey(1, 5)
    async with here.core.begin() as work:
        await work.inbox.store([InboxRow(key, 7, b"{}", "", here.core.clock.now())])
        await work.commit()
    commit = SqlUnitOfWork.commit

    async def killed(work: SqlUnitOfWork) -> None:
        if durable:
            await commit(work)
        raise _KilledError

    monkeypatch.setattr(SqlUnitOfWork, "commit", killed)
    submit = Submit(shown.state.revision)
    with pytest.raises(_KilledError):
        await here.core.conversations.apply(shown.conversation, submit, owner=CHAT, update=key)
    monkeypatch.undo()
    assert len(await kept(here)) == durable

    again = await here.core.conversations.apply(shown.conversation, submit, owner=CHAT, update=key)

    assert again.receipt is not None
    assert await kept(here) == [again.receipt.reference]
    async with here.core.begin.read() as work:
        assert await work.inbox.waiting(1, limit=9) == []


async def test_of_two_who_send_the_same_report_at_once_one_makes_the_case(here: Running) -> None:
    shown = await to_the_end(here, await here.core.reports.begin(CHAT, at_once=True))
    submit = Submit(shown.state.revision)

    both = await asyncio.gather(
        *(here.core.conversations.apply(shown.conversation, submit, owner=CHAT) for _ in range(2))
    )

    [reference] = await kept(here)
    assert {each.receipt.reference for each in both if each.receipt} == {reference}


async def test_personal_data_that_went_astray_is_urgent_and_for_few(here: Running) -> None:
    shown = await here.core.reports.begin(CHAT, at_once=True, given={"kind": "data_astray"})
    await sent(here, shown)

    [case] = await here.core.own_cases.of(Reporter(chat=CHAT))
    assert case.restricted
    assert case.priority is Priority.URGENT


async def test_words_of_danger_are_routed_by_rule(here: Running) -> None:
    """B20."""
    text = "A pupil told me that he is being hit at home"
    await sent(here, await here.core.reports.begin(CHAT, at_once=True, given={"happened": text}))

    [case] = await here.core.own_cases.of(Reporter(chat=CHAT))
    assert case.restricted
    assert case.priority is Priority.URGENT


async def test_whoever_is_named_for_it_is_written_to_with_the_report(
    database_url: str, tmp_path: Path
) -> None:
    """B20: never only stored."""
    async with running(
        database_url,
        tmp_path,
        data_protection_contact="dpo@example.org",
        duty_email="duty@example.org",
    ) as here:
        given = {"kind": "data_astray"}
        await sent(here, await here.core.reports.begin(CHAT, at_once=True, given=given))
        given = {"happened": "A child is being hit"}
        await sent(
            here,
            await here.core.reports.begin("telegram:1:8", at_once=True, given=given),
            owner="telegram:1:8",
        )

        async with here.core.database.reading() as connection:
            rows = await connection.execute(select(letters.c.kind, letters.c.address))
            assert sorted(tuple(row) for row in rows) == [
                ("for_few", "dpo@example.org"),
                ("for_few", "duty@example.org"),
            ]


async def test_only_what_becomes_a_case_can_be_begun_as_a_report(here: Running) -> None:
    await here.publish("people-pulse")

    with pytest.raises(NotFound):
        await here.core.reports.begin(CHAT, questionnaire="people-pulse")


async def test_it_is_no_survey_among_others(here: Running) -> None:
    await here.core.reports.begin(CHAT)

    assert await here.core.catalogue.all() == []
    assert [each.row.key for each in await here.core.catalogue.every()] == [REPORT]


async def test_what_is_noticed_in_a_text_is_told_with_the_step_that_took_it(here: Running) -> None:
    await a_person(here, "oakfield")
    shown = await here.core.reports.begin(CHAT, at_once=True, given={"service": "hr"})
    unit = await here.core.conversations.unit("oakfield")
    shown = await go_on(here, shown, ChooseUnit(unit), Put("kind", "broken"))

    text = "Ann Other (AB123456C) says: I want to kill myself"
    shown = await go_on(here, shown, Put("happened", text))

    assert shown.arrived is not None
    assert shown.arrived.concerns == {Concern.SELF_HARM}
    found = {Identifier.NATIONAL_INSURANCE, Identifier.NAME}
    assert shown.arrived.identifiers == found
    assert shown.arrived.leaves_the_chat


async def test_their_own_address_that_they_are_asked_for_is_nobody_elses(here: Running) -> None:
    shown = await here.core.reports.begin(WEB, at_once=True)
    while not (isinstance(shown.turn, QuestionTurn) and shown.turn.name == "email"):
        shown = await one_step(here, shown, owner=WEB)

    shown = await go_on(here, shown, Put("email", "ann@school.example"), owner=WEB)

    assert shown.arrived is None


async def test_somebody_without_a_school_reports_for_none(here: Running) -> None:
    ann = await a_person(here)

    shown = await here.core.reports.begin(WEB, person=ann.id, at_once=True)

    assert isinstance(shown.turn, QuestionTurn)
    assert shown.state.unit is None


# --- what is known already ---


async def a_problem(here: Running, **said: object) -> Problem:
    values = {"id": uuid4(), "title": "Payslips", "service": "payroll", "opened_at": NOON}
    problem = Problem(**values | {"told": "We look into wrong payslips."} | said)  # type: ignore[arg-type]
    async with here.core.begin() as work:
        await work.problems.add(problem)
        await work.commit()
    return problem


async def test_a_known_problem_is_shown_with_how_many_schools_have_it(here: Running) -> None:
    problem = await a_problem(here)
    await a_problem(here, told="")
    await a_problem(here, service="hr")
    await a_problem(here, state=ProblemState.FIXED)
    ann = await a_person(here, "oakfield")
    await here.core.reports.join(problem.id, Reporter(person=ann.id), unit="oakfield")

    [known] = await here.core.reports.known("payroll")

    assert (known.problem.id, known.schools) == (problem.id, 1)


async def test_to_join_is_a_case_of_ones_own_once_and_ends_the_report(here: Running) -> None:
    problem = await a_problem(here)
    shown = await here.core.reports.begin(CHAT, at_once=True)
    who = Reporter(chat=CHAT)

    joined = await here.core.reports.join(
        problem.id, who, unit="oakfield", conversation=shown.conversation, owner=CHAT
    )
    again = await here.core.reports.join(problem.id, who, unit="oakfield")

    assert joined.problem == problem.id
    assert again == joined
    over = await here.core.conversations.resume(shown.conversation, owner=CHAT)
    assert over.receipt is not None
    assert over.receipt.reference == joined.reference
    async with here.core.database.reading() as connection:
        assert len(list(await connection.scalars(select(receipts.c.id)))) == 1


async def a_begun_report(
    here: Running, owner: str, text: str, **given: str
) -> tuple[Shown, Attachment]:
    """A photo with a caption, and the service chosen."""
    given = {"happened": text, **given}
    shown = await here.core.reports.begin(owner, given=given, at_once=True)
    photo = Attachment(uuid4(), "photo.jpg", "image/jpeg", 9, NOON, conversation=shown.conversation)
    async with here.core.begin() as work:
        await work.attachments.add([photo])
        await work.commit()
    shown = await go_on(here, shown, Attach(str(photo.id)), owner=owner)
    return await go_on(here, shown, Put("service", "payroll"), owner=owner), photo


async def joined_from(here: Running, shown: Shown, problem: Problem, owner: str) -> Case:
    return await here.core.reports.join(
        problem.id,
        Reporter(chat=owner if owner == CHAT else None),
        unit="oakfield",
        conversation=shown.conversation,
        owner=owner,
    )


async def timeline_of(here: Running, case: Case) -> Sequence[Entry]:
    async with here.core.begin.read() as work:
        return await work.cases.timeline(case.id)


async def test_photo_and_caption_with_which_a_report_began_are_in_the_case_that_joins(
    here: Running,
) -> None:
    problem = await a_problem(here, system="Payslip portal")
    shown, photo = await a_begun_report(here, CHAT, "Wrong again for 3 TAs")

    case = await joined_from(here, shown, problem, CHAT)

    first, linked = await timeline_of(here, case)
    assert (first.text, first.files) == ("Wrong again for 3 TAs", (photo.id,))
    assert first.data["joined"] == str(problem.id)
    assert linked.kind is EntryKind.LINKED
    assert (case.kind, case.system) == (CaseKind.BROKEN, "Payslip portal")


async def test_whoever_has_left_joins_in_nobodys_name(here: Running) -> None:
    problem, ann = await a_problem(here), await a_person(here, "oakfield")
    async with here.core.begin() as work:
        await work.people.put([replace(ann, ended_at=here.clock.now())])
        await work.commit()

    case = await here.core.reports.join(problem.id, Reporter(person=ann.id), unit="oakfield")

    assert (case.person, case.unit) == (None, "")


async def test_what_they_send_to_a_problem_that_they_have_joined_is_a_message(
    here: Running,
) -> None:
    problem = await a_problem(here)
    case = await here.core.reports.join(problem.id, Reporter(chat=CHAT), unit="oakfield")
    shown, photo = await a_begun_report(here, CHAT, "Wrong again for 3 TAs")

    again = await joined_from(here, shown, problem, CHAT)

    assert again.id == case.id
    last = (await timeline_of(here, case))[-1]
    assert (last.kind, last.side) == (EntryKind.MESSAGE, Side.REPORTER)
    assert (last.text, last.files) == ("Wrong again for 3 TAs", (photo.id,))


async def test_words_of_danger_in_a_caption_are_for_few_whatever_is_joined(here: Running) -> None:
    problem = await a_problem(here)
    shown, _ = await a_begun_report(here, CHAT, "I want to kill myself")

    case = await joined_from(here, shown, problem, CHAT)

    assert (case.restricted, case.problem) == (True, None)
    assert case.priority is Priority.URGENT


async def test_what_is_for_few_is_a_report_by_itself_whatever_they_have_joined(
    here: Running,
) -> None:
    """Nothing of it is a message in a report that many read, nor part of what they fix."""
    problem = await a_problem(here)
    earlier = await here.core.reports.join(problem.id, Reporter(chat=CHAT), unit="oakfield")
    text = "A list went to the wrong school"
    shown, photo = await a_begun_report(here, CHAT, text, kind="data_astray")

    case = await joined_from(here, shown, problem, CHAT)

    assert case.id != earlier.id
    assert (case.kind, case.restricted, case.problem) == (CaseKind.DATA_ASTRAY, True, None)
    [first] = await timeline_of(here, case)
    assert (first.text, first.files) == (text, (photo.id,))
    assert len(await timeline_of(here, earlier)) == 2
    assert case.priority is Priority.URGENT


OVER_OR_FAR = {
    "not told": {"told": ""},
    "fixed": {"state": ProblemState.FIXED},
    "ended": {"planned": True, "begins_at": NOON - DAY, "ends_at": NOON},
    "far": {"planned": True, "begins_at": NOON + 8 * DAY, "ends_at": NOON + 9 * DAY},
}


@pytest.mark.parametrize("said", OVER_OR_FAR.values(), ids=OVER_OR_FAR)
async def test_what_is_not_shown_to_reporters_cannot_be_joined(
    here: Running, said: dict[str, object]
) -> None:
    problem = await a_problem(here, **said)

    assert await here.core.reports.known("payroll") == []
    with pytest.raises(NotFound):
        await here.core.reports.join(problem.id, Reporter(chat=CHAT))
