"""Each repository gives back what was put, and answers what its port promises."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from survey.db import tables
from survey.db.engine import Database
from survey.db.unit_of_work import SqlBegin
from survey.db.writer import SqlWriter
from survey.domain.counting import count_rows
from survey.domain.questionnaire import Questionnaire
from survey.domain.records import (
    ApiKey,
    CellKey,
    Channel,
    Chat,
    Comparison,
    Handover,
    InstallationKind,
    KeptTone,
    Period,
    PublicationDue,
    PublishedCell,
    Service,
    ShownTurn,
    Unit,
    Version,
    WebSession,
)
from survey.ports import UnitOfWork
from tests.survey.db.builders import (
    DECEMBER,
    NOON,
    NOVEMBER,
    a_box,
    conversation,
    direct,
    into_box,
    publish,
    questionnaire,
    response,
    step,
    update,
)
from tests.survey.db.conftest import Rows

# --- the organisation ---


async def test_units_are_put_children_first_and_updated_by_key(begin: SqlBegin) -> None:
    school = Unit("oak", "Oak Primary", "school", parent="schools")
    group = Unit("schools", "Schools", "department")
    async with begin() as work:
        await work.organisation.put_units([school, group])
        await work.organisation.put_units([replace(school, name="Oak Academy")])
        await work.commit()

    async with begin.read() as work:
        assert await work.organisation.unit("oak") == replace(school, name="Oak Academy")
        assert await work.organisation.unit("elm") is None
        assert [unit.key for unit in await work.organisation.units()] == ["oak", "schools"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("oak", ["oak-1", "acorn", "oakhill"]),
        ("OAKHILL", ["oakhill"]),
        ("hill", ["hill-2", "oakhill", "st-hill"]),
        ("ty ddewi", ["ty"]),
        ("hill-2", ["hill-2"]),
        ("%", []),
        ("_", []),
        ("  ", []),
        ("beech", []),
    ],
)
async def test_units_are_found_by_part_of_a_name_best_first(
    typed: str, found: list[str], begin: SqlBegin
) -> None:
    names = {
        "acorn": "Great Oak Nursery",
        "oak-1": "Oak",
        "oakhill": "Oakhill School",
        "st-hill": "St Hilda's Uphill",
        "hill-2": "Hill Street",
        "ty": "Ysgol Tŷ Ddewi",
    }
    expected = {"oak": ["oak-1", "oakhill", "acorn"]}.get(typed, found)
    async with begin() as work:
        await work.organisation.put_units(Unit(key, name, "school") for key, name in names.items())
        assert [unit.key for unit in await work.organisation.find_units(typed)] == expected


async def test_nothing_has_a_name_or_key_with_a_nul_in_it(begin: SqlBegin) -> None:
    async with begin.read() as work:
        assert await work.organisation.unit("\0") is None
        assert await work.organisation.find_units("\0") == []
        assert await work.questionnaires.get("\0") is None


async def test_at_most_eight_units_are_found(begin: SqlBegin) -> None:
    async with begin() as work:
        await work.organisation.put_units(
            Unit(f"school-{number}", f"School {number}", "school") for number in range(30)
        )
        assert len(await work.organisation.find_units("school")) == 8


async def test_services_keep_the_order_in_which_they_were_first_put(begin: SqlBegin) -> None:
    payroll = Service("payroll", "Payroll", "Provider", label={"cy": "Cyflogres"})
    other = Service("other", "Other")
    async with begin() as work:
        await work.organisation.put_services([payroll, other])
        await work.organisation.put_services([Service("it", "IT"), replace(other, name="Else")])
        await work.commit()

    async with begin.read() as work:
        kept = await work.organisation.services()
    assert kept == [payroll, replace(other, name="Else"), Service("it", "IT")]


# --- questionnaires ---


async def test_publishing_again_adds_a_version_and_opens_what_was_closed(
    begin: SqlBegin, asked: Questionnaire
) -> None:
    second = Version(
        questionnaire="pulse",
        number=2,
        series=2,
        floor=12,
        content="{}",
        published_at=NOON,
        changes={"pride": Comparison.BREAKS},
    )
    async with begin() as work:
        await work.questionnaires.close("pulse", at=NOON)
        await work.questionnaires.close("pulse", at=NOON + timedelta(days=1))
        closed = await work.questionnaires.get("pulse")
        await work.questionnaires.publish(second, open_link=False)
        await work.commit()

    assert closed is not None
    assert closed.closed_at == NOON
    async with begin.read() as work:
        kept = await work.questionnaires.get("pulse")
        assert await work.questionnaires.all() == [kept]
        assert await work.questionnaires.version("pulse") == second
        assert [each.number for each in await work.questionnaires.versions("pulse")] == [1, 2]
        first = await work.questionnaires.version("pulse", 1)
        assert await work.questionnaires.version("pulse", 3) is None
        assert await work.questionnaires.version("nothing") is None
    assert kept is not None
    assert (kept.version, kept.open_link, kept.closed_at) == (2, False, None)
    assert first is not None
    assert Questionnaire.model_validate_json(first.content) == asked


# --- boxes ---


async def test_of_two_boxes_for_one_month_the_first_stays(
    begin: SqlBegin, asked: Questionnaire
) -> None:
    first, second = a_box(), a_box()
    async with begin() as work:
        assert await work.boxes.add(first) == first
        assert await work.boxes.add(second) == first
        assert await work.boxes.get("pulse", NOVEMBER, "") == first
        assert await work.boxes.get("pulse", DECEMBER, "") is None


@pytest.mark.parametrize(
    ("waiting", "month", "closed", "due", "spent"),
    [
        (9, NOVEMBER, False, False, False),
        (10, NOVEMBER, False, True, False),
        (1, DECEMBER, False, True, False),
        (1, NOVEMBER, True, True, False),
        (0, NOVEMBER, False, False, False),
        (0, DECEMBER, False, False, True),
        (0, NOVEMBER, True, False, True),
    ],
)
async def test_a_box_is_due_at_its_floor_or_when_its_time_is_over_and_spent_once_empty(
    waiting: int,
    month: date,
    closed: bool,
    due: bool,
    spent: bool,
    begin: SqlBegin,
    writer: SqlWriter,
    asked: Questionnaire,
) -> None:
    box = a_box()
    async with begin() as work:
        await work.boxes.add(box)
        await work.commit()
    for _ in range(waiting):
        await writer.submit(into_box(box))
    async with begin() as work:
        if closed:
            await work.questionnaires.close("pulse", at=NOON)
        full = replace(box, waiting=waiting)
        assert await work.boxes.due(now_month=month) == ([full] if due else [])
        assert await work.boxes.spent(now_month=month) == ([full] if spent else [])


async def test_sealed_rows_are_read_by_key_and_taken_once(
    begin: SqlBegin, writer: SqlWriter, asked: Questionnaire
) -> None:
    box, other = a_box(), a_box(month=DECEMBER)
    async with begin() as work:
        await work.boxes.add(box)
        await work.boxes.add(other)
        await work.commit()
    blobs = [bytes([number]) * 10 for number in range(12)]
    for blob in blobs:
        await writer.submit(into_box(box, blob))
    await writer.submit(into_box(other))

    async with begin.read() as work:
        rows = await work.boxes.waiting(box.id)
        read = await work.boxes.sealed(box.id, rows)
    async with begin() as work:
        assert await work.boxes.take(box.id, rows[:11], now_month=NOVEMBER)
        await work.commit()

    assert sorted(read) == blobs
    assert list(read) != blobs
    async with begin() as work:
        assert not await work.boxes.take(box.id, rows[1:], now_month=NOVEMBER)
    async with begin.read() as work:
        assert await work.boxes.waiting(box.id) == rows[11:]
        assert await work.boxes.sealed(box.id, rows) == read[11:]
        assert await work.boxes.get("pulse", DECEMBER, "") == replace(other, waiting=1)


async def test_fewer_than_the_floor_are_taken_only_when_the_month_or_questionnaire_is_over(
    begin: SqlBegin, writer: SqlWriter, asked: Questionnaire
) -> None:
    box = a_box()
    async with begin() as work:
        await work.boxes.add(box)
        await work.commit()
    for _ in range(12):
        await writer.submit(into_box(box))
    async with begin.read() as work:
        rows = await work.boxes.waiting(box.id)

    async with begin() as work:
        assert not await work.boxes.take(box.id, rows[:9], now_month=NOVEMBER)
        assert await work.boxes.take(box.id, rows[:9], now_month=DECEMBER)


async def test_of_two_processes_that_open_the_same_rows_one_takes_them(
    database_url: str, begin: SqlBegin, writer: SqlWriter, asked: Questionnaire
) -> None:
    box = a_box()
    async with begin() as work:
        await work.boxes.add(box)
        await work.commit()
    for _ in range(10):
        await writer.submit(into_box(box))
    beside = Database(database_url)

    async def take() -> bool:
        async with SqlBegin(beside)() as work:
            return await work.boxes.take(box.id, rows, now_month=NOVEMBER)

    async with begin() as work:
        rows = await work.boxes.waiting(box.id)
        taken = await work.boxes.take(box.id, rows, now_month=NOVEMBER)
        late = asyncio.ensure_future(take())
        if beside.dialect == "postgresql":
            async with asyncio.timeout(10):
                await writer.submit(into_box(box))
        await asyncio.wait([late], timeout=0.2)
        await work.commit()

    assert taken
    assert not await late
    await beside.close()


async def test_a_box_that_is_forgotten_makes_room_for_another(
    begin: SqlBegin, asked: Questionnaire
) -> None:
    first, second = a_box(), a_box()
    async with begin() as work:
        await work.boxes.add(first)
        await work.boxes.forget(first.id)
        assert await work.boxes.add(second) == second


# --- responses ---


async def test_counts_add_up_and_can_be_rebuilt(
    begin: SqlBegin, asked: Questionnaire, rows: Rows
) -> None:
    await publish(begin, questionnaire("other"))
    one = count_rows(asked, response())
    other = count_rows(asked, response(questionnaire="other"))
    async with begin() as work:
        await work.responses.add([response()], one)
        await work.responses.add([response()], one)
        await work.responses.add([response(questionnaire="other")], other)
        await work.commit()
    before = await rows(tables.counts)
    assert {row["n"] for row in before if row["questionnaire"] == "pulse"} == {2}

    async with begin() as work:
        twice = {key: 2 * n for key, n in one.items()}
        await work.responses.rebuild_counts("pulse", twice, since=NOVEMBER)
        await work.commit()
    assert await rows(tables.counts) == before

    async with begin() as work:
        await work.responses.rebuild_counts("pulse", {}, since=NOVEMBER)
        await work.commit()
    assert {row["questionnaire"] for row in await rows(tables.counts)} == {"other"}


async def test_a_file_is_known_by_its_digest(begin: SqlBegin) -> None:
    async with begin() as work:
        assert not await work.responses.was_imported("a" * 64)
        await work.responses.mark_imported("a" * 64, at=NOON)
        await work.responses.mark_imported("a" * 64, at=NOON)
        assert await work.responses.was_imported("a" * 64)


async def test_who_took_part_is_known_by_questionnaire_month_and_wave(
    begin: SqlBegin, asked: Questionnaire, writer: SqlWriter
) -> None:
    await writer.submit(direct(asked, participant="somebody"))

    async with begin.read() as work:
        took_part = work.responses.took_part
        assert await took_part("somebody", "pulse", month=NOVEMBER, wave="")
        assert not await took_part("somebody", "pulse", month=DECEMBER, wave="")
        assert not await took_part("somebody", "pulse", month=NOVEMBER, wave="1")
        assert not await took_part("somebody", "other", month=NOVEMBER, wave="")
        assert not await took_part("nobody", "pulse", month=NOVEMBER, wave="")


# --- conversations and chat ---


async def test_the_newest_conversation_of_an_owner_is_current(
    begin: SqlBegin, asked: Questionnaire
) -> None:
    await publish(begin, questionnaire("other"))
    old = conversation()
    new = conversation(questionnaire="other", started_at=NOON + timedelta(minutes=1))
    async with begin() as work:
        await work.conversations.add(new)
        await work.conversations.add(old)
        await work.commit()

    async with begin.read() as work:
        assert await work.conversations.get(old.id) == old
        assert await work.conversations.current("telegram:1:7") == new
        assert await work.conversations.current("telegram:1:7", "pulse") == old
        assert await work.conversations.current("telegram:1:8") is None


async def test_a_chat_is_owed_its_turn_until_that_was_shown(
    begin: SqlBegin, writer: SqlWriter, asked: Questionnaire
) -> None:
    talk, web = conversation(), conversation(owner="web:abc")
    async with begin() as work:
        await work.conversations.add(talk)
        await work.conversations.add(web)
        await work.commit()
    await writer.shown(ShownTurn(talk.id, 3, 40))
    later = NOON + timedelta(seconds=1)
    assert await _owed(begin) == []

    await writer.apply(step(talk, at=later))
    assert await _owed(begin) == [talk.id]
    async with begin.read() as work:
        assert await work.conversations.owed(1, before=later, limit=9) == []

    await writer.shown(ShownTurn(talk.id, 4, 41))
    assert await _owed(begin) == []


async def test_a_turn_is_not_owed_while_updates_wait_that_will_show_it(
    begin: SqlBegin, writer: SqlWriter, asked: Questionnaire
) -> None:
    talk, other = conversation(), conversation(owner="telegram:1:77")
    async with begin() as work:
        await work.conversations.add(talk)
        await work.conversations.add(other)
        await work.inbox.store([update(1, user=7), update(2, user=8)])
        await work.commit()
    assert await _owed(begin) == [other.id]

    async with begin() as work:
        await work.inbox.applied(update(1).key)
        await work.commit()
    assert set(await _owed(begin)) == {talk.id, other.id}


async def test_what_another_bot_owes_is_in_nobodys_way(
    begin: SqlBegin, asked: Questionnaire
) -> None:
    mine = conversation(owner="telegram:1:7")
    async with begin() as work:
        for number in range(9):
            await work.conversations.add(conversation(owner=f"telegram:12:{number}"))
        await work.conversations.add(replace(mine, touched_at=NOON + timedelta(seconds=1)))
        await work.commit()

    assert await _owed(begin) == [mine.id]


async def _owed(begin: SqlBegin) -> list[object]:
    async with begin.read() as work:
        owed = await work.conversations.owed(1, before=NOON + timedelta(days=1), limit=9)
    return [each.id for each in owed]


async def test_updates_wait_in_order_of_arrival_and_are_known_afterwards(
    begin: SqlBegin, rows: Rows
) -> None:
    early = update(9, received_at=NOON - timedelta(seconds=1))
    first, second = update(1), update(2)
    async with begin() as work:
        await work.inbox.store([second, first])
        await work.inbox.store([early, replace(first, payload=b"again")])
        assert await work.inbox.waiting(1, limit=9) == [early, first, second]
        assert await work.inbox.waiting(1, limit=1) == [early]
        await work.inbox.applied(early.key)
        await work.inbox.store([early])
        assert await work.inbox.waiting(1, limit=9) == [first, second]
        await work.commit()

    applied = (await rows(tables.inbox))[-1]
    assert applied == {
        "bot": 1, "update_id": 9, "day": NOON.date(), "user": None, "payload": None,
        "payload_key": None, "received_at": None, "attempts": 0, "error": None, "parked": False,
    }  # fmt: skip


async def test_a_parked_update_blocks_nobody(begin: SqlBegin, rows: Rows) -> None:
    bad, good = update(1), update(2)
    async with begin() as work:
        await work.inbox.store([bad, good])
        await work.inbox.failed(bad.key, code="error", park=False)
        assert await work.inbox.waiting(1, limit=9) == [replace(bad, attempts=1), good]
        await work.inbox.failed(bad.key, code="error", park=True)
        assert await work.inbox.waiting(1, limit=9) == [good]
        await work.commit()

    parked = (await rows(tables.inbox))[0]
    assert (parked["attempts"], parked["error"], parked["parked"]) == (2, "error", True)


async def test_updates_are_forgotten_after_a_week_unless_they_still_wait(
    begin: SqlBegin, rows: Rows
) -> None:
    applied, parked, waiting = update(1), update(2), update(3)
    recent = update(4, received_at=NOON + timedelta(days=1))
    async with begin() as work:
        await work.inbox.store([applied, parked, waiting, recent])
        await work.inbox.applied(applied.key)
        await work.inbox.applied(recent.key)
        await work.inbox.failed(parked.key, code="error", park=True)
        await work.inbox.forget_old(today=NOON.date() + timedelta(days=7))
        await work.commit()
    before = {row["update_id"] for row in await rows(tables.inbox)}
    async with begin() as work:
        await work.inbox.forget_old(today=NOON.date() + timedelta(days=8))
        await work.commit()

    assert before == {1, 2, 3, 4}
    assert {row["update_id"] for row in await rows(tables.inbox)} == {3, 4}


async def test_a_link_that_was_not_used_is_forgotten_once_it_is_over(
    begin: SqlBegin, rows: Rows, asked: Questionnaire
) -> None:
    talk, over, still_open = conversation(), b"over", b"still open"
    async with begin() as work:
        await work.conversations.add(talk)
        for digest, minutes in ((over, 0), (still_open, 1)):
            expires_at = NOON + timedelta(minutes=minutes)
            await work.handovers.put(Handover(digest, talk.id, Channel.WEB, expires_at))
        await work.handovers.forget_expired(now=NOON)
        await work.commit()

    assert [row["digest"] for row in await rows(tables.handovers)] == [still_open]


async def test_a_chat_is_put_and_changed(begin: SqlBegin) -> None:
    chat = Chat(1, 2**40, language="cy", unit="oak")
    async with begin() as work:
        assert await work.chats.get(1, 2**40) is None
        await work.chats.put(chat)
        await work.chats.put(replace(chat, stopped=True))
        assert await work.chats.get(1, 2**40) == replace(chat, stopped=True)


# --- access ---


async def test_an_api_key_is_found_by_its_hash_and_revoked_once(begin: SqlBegin) -> None:
    key = ApiKey(uuid4(), "payroll", b"digest", frozenset({"a", "b"}), NOON)
    async with begin() as work:
        await work.api_keys.add(key)
        assert await work.api_keys.by_digest(b"digest") == key
        assert await work.api_keys.by_digest(b"other") is None
        await work.api_keys.revoke(key.id, at=NOON)
        await work.api_keys.revoke(key.id, at=NOON + timedelta(days=1))
        assert await work.api_keys.all() == [replace(key, revoked_at=NOON)]


async def test_a_session_is_put_changed_and_removed(begin: SqlBegin) -> None:
    session = WebSession(b"digest", "csrf", None, NOON, NOON + timedelta(hours=1))
    async with begin() as work:
        await work.sessions.put(session)
        await work.sessions.put(replace(session, language="cy"))
        assert await work.sessions.get(b"digest") == replace(session, language="cy")
        await work.sessions.remove(b"digest")
        assert await work.sessions.get(b"digest") is None


# --- figures ---


def _cell(**changes: object) -> PublishedCell:
    key = CellKey("pulse", 1, "satisfaction", "", "", Period.MONTH, NOVEMBER)
    plain = PublishedCell(
        key=key,
        end=date(2026, 11, 30),
        status="published",
        value="68.5",
        value_band=None,
        n=100,
        n_band=None,
        low="60.1",
        high="75.9",
        as_of=NOON,
        final=True,
        basis={"4": 60, "5": 40},
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # fields by name


async def test_cells_are_put_and_replaced_by_their_key(
    begin: SqlBegin, asked: Questionnaire
) -> None:
    cell = _cell()
    finer = replace(cell, key=replace(cell.key, unit="oak"), status="suppressed", value=None)
    async with begin() as work:
        await work.cells.put([cell, finer])
        await work.cells.put([replace(cell, value="70.0")])
        kept = await work.cells.of("pulse")
    assert kept == {cell.key: replace(cell, value="70.0"), finer.key: finer}
    assert Decimal(kept[cell.key].value or 0) == 70


async def test_a_month_marked_again_during_publication_stays_due(
    begin: SqlBegin, asked: Questionnaire
) -> None:
    async with begin() as work:
        for month in (DECEMBER, NOVEMBER, NOVEMBER):
            await work.cells.mark_due("pulse", month)
        due = await work.cells.due(today=NOON.date())
        assert due == [PublicationDue("pulse", NOVEMBER, 2), PublicationDue("pulse", DECEMBER, 1)]

        await work.cells.mark_due("pulse", NOVEMBER)
        await work.cells.settle(due)

        left = await work.cells.due(today=NOON.date())
        assert left == [PublicationDue("pulse", NOVEMBER, 3)]
        await work.cells.settle(left)
        assert await work.cells.due(today=NOON.date()) == []


async def test_a_cell_that_is_not_final_is_due_when_its_period_is_over(
    begin: SqlBegin, asked: Questionnaire
) -> None:
    async with begin() as work:
        await work.cells.put([_cell(final=False)])
        assert await work.cells.due(today=date(2026, 11, 30)) == []
        due = await work.cells.due(today=DECEMBER)
        assert due == [PublicationDue("pulse", NOVEMBER, 0)]
        await work.cells.put([_cell(final=True)])
        assert await work.cells.due(today=DECEMBER) == []


async def test_a_tone_is_that_of_the_analyser_that_is_asked_for(begin: SqlBegin) -> None:
    first = KeptTone(b"words", "old", -350, 600, NOVEMBER)
    unknown = KeptTone(b"other words", "old", None, None, NOVEMBER)
    async with begin() as work:
        await work.tones.put([first, unknown])
        kept = await work.tones.of([b"words", b"other words", b"unseen"], analyser="old")
        assert kept == {b"words": first, b"other words": unknown}

        again = replace(first, analyser="new", polarity=100, month=DECEMBER)
        await work.tones.put([again])
        assert await work.tones.of([b"words"], analyser="old") == {}
        assert await work.tones.of([b"words"], analyser="new") == {b"words": again}


# --- the installation ---


async def test_the_kind_of_an_installation_is_settled_once(begin: SqlBegin) -> None:
    async with begin() as work:
        assert await work.installation.kind() is None
        await work.installation.settle(InstallationKind.DEMO)
        await work.installation.settle(InstallationKind.REAL)
        assert await work.installation.kind() is InstallationKind.DEMO


async def test_whatever_others_keep_in_memory_moves_the_revision(begin: SqlBegin) -> None:
    key = ApiKey(uuid4(), "payroll", b"digest", frozenset({"a"}), NOON)
    async with begin() as work:
        await work.organisation.put_units([Unit("oak", "Oak", "school")])
        await work.organisation.put_services([Service("it", "IT")])
        await work.commit()
    await publish(begin, questionnaire())
    async with begin() as work:
        await work.questionnaires.close("pulse", at=NOON)
        await work.api_keys.add(key)
        await work.api_keys.revoke(key.id, at=NOON)
        await work.commit()
    async with begin() as work:
        await work.chats.put(Chat(1, 7))
        assert await _revision(work) == 6


async def _revision(work: UnitOfWork) -> int:
    return await work.installation.revision()
