"""The writer: durable before it answers, one bad op fails alone, races have one winner."""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from survey.db import tables
from survey.db import writer as writing
from survey.db.engine import Database
from survey.db.unit_of_work import SqlBegin
from survey.db.writer import SqlWriter
from survey.domain.campaign import CampaignPlan, CampaignState
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy, Questionnaire
from survey.domain.records import Box, Conversation, Receipt, ShownTurn, Submission, UpdateKey
from survey.domain.waves import Campaign, Invitation, InvitationState, Wave, WaveState
from survey.errors import (
    AlreadyAnswered,
    BoxGone,
    Busy,
    IdempotencyMismatch,
    QuestionnaireClosed,
    StaleRevision,
    WaveClosed,
    WriteFailed,
)
from tests.survey.db.builders import (
    NOON,
    NOVEMBER,
    Ids,
    a_box,
    conversation,
    direct,
    into_box,
    promise,
    publish,
    questionnaire,
    receipt,
    response,
    step,
    update,
)
from tests.survey.db.conftest import Rows
from tests.survey.db.statements import StatementsSeen


@pytest.fixture
async def talk(begin: SqlBegin, asked: Questionnaire) -> Conversation:
    """A conversation at revision 3."""
    talk = conversation()
    async with begin() as work:
        await work.conversations.add(talk)
        await work.commit()
    return talk


# --- submissions ---


async def test_a_receipt_is_given_only_when_another_connection_sees_all_of_it(
    writer: SqlWriter, asked: Questionnaire, rows: Rows
) -> None:
    op = direct(asked, participant="chat-7")

    given = await writer.submit(op)

    assert given == op.receipt
    assert [row["id"] for row in await rows(tables.receipts)] == [given.id]
    assert [row["answers"] for row in await rows(tables.responses)] == [{"pay_ease": 6}]
    assert [row["participant"] for row in await rows(tables.participations)] == ["chat-7"]
    assert {(row["question"], row["value"]): row["n"] for row in await rows(tables.counts)} == {
        ("*", "*"): 1,
        ("pay_ease", "*"): 1,
        ("pay_ease", "6"): 1,
    }


async def test_a_sealed_submission_waits_in_its_box_and_nowhere_else(
    writer: SqlWriter, begin: SqlBegin, asked: Questionnaire, rows: Rows
) -> None:
    box = await _kept_box(begin)

    await asyncio.gather(*(writer.submit(into_box(box, blob)) for blob in (b"one", b"two")))

    assert {row["blob"] for row in await rows(tables.sealed)} == {b"one", b"two"}
    assert await rows(tables.responses) == []
    assert await rows(tables.counts) == []


async def test_taking_part_twice_is_noted_once(
    writer: SqlWriter, asked: Questionnaire, rows: Rows
) -> None:
    await asyncio.gather(*(writer.submit(direct(asked, participant="chat-7")) for _ in range(3)))

    assert len(await rows(tables.participations)) == 1
    assert len(await rows(tables.responses)) == 3


async def test_a_response_has_no_key_and_no_time_in_common_with_its_receipt(
    writer: SqlWriter, asked: Questionnaire, rows: Rows
) -> None:
    await writer.submit(direct(asked))

    (said,), (proof,) = await rows(tables.responses), await rows(tables.receipts)
    assert not set(map(str, said.values())) & set(map(str, proof.values()))


async def test_a_closed_questionnaire_refuses_and_its_neighbour_in_the_batch_is_kept(
    writer: SqlWriter, begin: SqlBegin, asked: Questionnaire, rows: Rows
) -> None:
    other = questionnaire("other")
    await publish(begin, other)
    async with begin() as work:
        await work.questionnaires.close("pulse", at=NOON)
        await work.commit()

    outcomes = await _together(writer, direct(asked), direct(other))

    assert isinstance(outcomes[0], QuestionnaireClosed)
    assert isinstance(outcomes[1], Receipt)
    assert [row["questionnaire"] for row in await rows(tables.responses)] == ["other"]


async def test_a_submission_waits_for_a_closing_that_came_first_and_is_refused(
    database_url: str, database: Database, asked: Questionnaire, rows: Rows
) -> None:
    closing = Database(database_url)
    async with SqlWriter(database, Ids()) as writer:
        async with SqlBegin(closing)() as work:
            await work.questionnaires.close("pulse", at=NOON)
            submitted = asyncio.ensure_future(writer.submit(direct(asked)))
            await asyncio.wait([submitted], timeout=0.2)
            assert not submitted.done()
            await work.commit()
        with pytest.raises(QuestionnaireClosed):
            await submitted
    await closing.close()

    assert await rows(tables.responses) == []


async def test_what_was_sealed_for_a_box_that_is_gone_is_refused(
    writer: SqlWriter, begin: SqlBegin, asked: Questionnaire, rows: Rows
) -> None:
    box = await _kept_box(begin)
    async with begin() as work:
        await work.boxes.forget(box.id)
        await work.commit()

    with pytest.raises(BoxGone):
        await writer.submit(into_box(box))

    assert await rows(tables.receipts) == []


async def test_a_reference_that_is_taken_is_exchanged(
    writer: SqlWriter, asked: Questionnaire, rows: Rows
) -> None:
    first = direct(asked)
    same = replace(receipt(), reference=first.receipt.reference)
    await writer.submit(first)

    later, beside = await _together(
        writer,
        direct(asked, receipt=same),
        direct(asked, receipt=replace(receipt(), reference=same.reference)),
    )

    assert isinstance(later, Receipt)
    assert isinstance(beside, Receipt)
    assert later.id == same.id
    assert {later.reference, beside.reference} == {"NEW-000001", "NEW-000002"}
    assert len({row["reference"] for row in await rows(tables.receipts)}) == 3


# --- idempotency ---


async def test_a_repeat_gives_the_first_receipt_and_keeps_nothing_more(
    writer: SqlWriter, asked: Questionnaire, rows: Rows
) -> None:
    first = await writer.submit(direct(asked, idempotency=promise()))
    again = await writer.submit(direct(asked, idempotency=promise()))

    assert again == first
    assert len(await rows(tables.responses)) == len(await rows(tables.receipts)) == 1
    assert {row["n"] for row in await rows(tables.counts)} == {1}


async def test_one_key_twice_in_a_batch_is_one_submission(
    writer: SqlWriter, asked: Questionnaire, rows: Rows
) -> None:
    taken = await writer.submit(direct(asked))
    clashing = replace(receipt(), reference=taken.reference)

    outcomes = await _together(
        writer,
        direct(asked, idempotency=promise(), receipt=clashing),
        direct(asked, idempotency=promise()),
        direct(asked, idempotency=promise(body="another")),
    )

    assert outcomes[0] == outcomes[1] == Receipt(clashing.id, "NEW-000001")
    assert isinstance(outcomes[2], IdempotencyMismatch)
    assert len(await rows(tables.responses)) == 2


async def test_another_body_under_the_same_key_is_refused(
    writer: SqlWriter, asked: Questionnaire, rows: Rows
) -> None:
    await writer.submit(direct(asked, idempotency=promise()))

    with pytest.raises(IdempotencyMismatch):
        await writer.submit(direct(asked, idempotency=promise(body="another")))

    assert len(await rows(tables.responses)) == 1


async def test_a_key_is_free_again_after_seven_days(
    writer: SqlWriter, asked: Questionnaire, rows: Rows
) -> None:
    first = await writer.submit(direct(asked, idempotency=promise()))
    almost = NOON + timedelta(days=7, seconds=-1)
    assert first == await writer.submit(direct(asked, idempotency=promise(), accepted_at=almost))

    later = NOON + timedelta(days=7)
    second = await writer.submit(
        direct(asked, idempotency=promise(body="another"), accepted_at=later)
    )

    assert second != first
    assert len(await rows(tables.idempotency)) == 1


async def test_keys_of_more_than_seven_days_are_forgotten(
    writer: SqlWriter, asked: Questionnaire, rows: Rows
) -> None:
    await writer.submit(direct(asked, idempotency=promise("old")))
    await writer.submit(
        direct(asked, idempotency=promise("new"), accepted_at=NOON + timedelta(days=7))
    )

    assert [row["key"] for row in await rows(tables.idempotency)] == ["new"]


async def test_two_processes_with_one_key_keep_one_submission(
    database_url: str, database: Database, asked: Questionnaire, rows: Rows
) -> None:
    beside = Database(database_url)
    async with SqlWriter(database, Ids()) as one, SqlWriter(beside, Ids()) as other:
        given = await asyncio.gather(
            *(
                writer.submit(direct(asked, idempotency=promise(f"key-{number}")))
                for number in range(20)
                for writer in (one, other)
            )
        )
    await beside.close()

    assert given[0::2] == given[1::2]
    assert len(await rows(tables.responses)) == 20


# --- steps ---


async def test_a_step_moves_the_conversation_and_empties_its_update(
    writer: SqlWriter, begin: SqlBegin, talk: Conversation, rows: Rows
) -> None:
    await _store(begin, 1)

    assert await writer.apply(step(talk, update=UpdateKey(1, 1))) is None

    (kept,) = await rows(tables.conversations)
    assert (kept["revision"], kept["draft"], kept["receipt"]) == (4, b"next draft", None)
    (applied,) = await rows(tables.inbox)
    emptied = ("user", "payload", "payload_key", "received_at")
    assert [applied[name] for name in emptied] == [None] * 4
    assert applied["day"] == NOON.date()


async def test_of_two_steps_from_one_revision_the_second_is_stale(
    writer: SqlWriter, talk: Conversation, rows: Rows
) -> None:
    outcomes = await _together(writer, step(talk, draft=b"first"), step(talk, draft=b"second"))

    assert outcomes[0] is None
    assert isinstance(outcomes[1], StaleRevision)
    assert [row["draft"] for row in await rows(tables.conversations)] == [b"first"]


async def test_a_stale_step_does_not_spoil_the_one_that_fits(
    writer: SqlWriter, talk: Conversation, rows: Rows
) -> None:
    outcomes = await _together(writer, step(talk, expected_revision=2), step(talk))

    assert isinstance(outcomes[0], StaleRevision)
    assert outcomes[1] is None
    assert [row["revision"] for row in await rows(tables.conversations)] == [4]


async def test_a_step_whose_update_was_applied_changes_nothing(
    writer: SqlWriter, begin: SqlBegin, talk: Conversation, asked: Questionnaire, rows: Rows
) -> None:
    await _store(begin, 1)
    await writer.apply(step(talk, update=UpdateKey(1, 1)))
    moved = replace(talk, revision=4)

    with pytest.raises(StaleRevision):
        await writer.apply(step(moved, update=UpdateKey(1, 1), submission=direct(asked)))

    assert [row["revision"] for row in await rows(tables.conversations)] == [4]
    assert await rows(tables.responses) == []


async def test_of_two_steps_for_one_update_the_second_is_stale(
    writer: SqlWriter, begin: SqlBegin, talk: Conversation, rows: Rows
) -> None:
    other = conversation(owner="telegram:1:8")
    async with begin() as work:
        await work.conversations.add(other)
        await work.commit()
    await _store(begin, 1)

    outcomes = await _together(
        writer, step(talk, update=UpdateKey(1, 1)), step(other, update=UpdateKey(1, 1))
    )

    assert outcomes[0] is None
    assert isinstance(outcomes[1], StaleRevision)


async def test_a_stale_step_leaves_its_update_waiting(
    writer: SqlWriter, begin: SqlBegin, talk: Conversation
) -> None:
    await _store(begin, 1)

    with pytest.raises(StaleRevision):
        await writer.apply(step(talk, expected_revision=2, update=UpdateKey(1, 1)))

    async with begin.read() as work:
        assert len(await work.inbox.waiting(1, limit=10)) == 1


async def test_the_last_step_and_its_submission_are_kept_together(
    writer: SqlWriter, begin: SqlBegin, talk: Conversation, asked: Questionnaire, rows: Rows
) -> None:
    op = direct(asked)

    given = await writer.apply(step(talk, phase="sent", draft=b"", submission=op))

    assert given == op.receipt
    async with begin.read() as work:
        kept = await work.conversations.get(talk.id)
    assert kept is not None
    assert (kept.phase, kept.receipt) == ("sent", given)
    assert len(await rows(tables.responses)) == 1


@pytest.mark.parametrize("spoilt", ["stale", "closed", "another body", "refused by the database"])
async def test_a_step_and_its_submission_are_refused_together(
    writer: SqlWriter,
    begin: SqlBegin,
    talk: Conversation,
    asked: Questionnaire,
    rows: Rows,
    spoilt: str,
) -> None:
    await _store(begin, 1)
    await writer.submit(direct(asked, idempotency=promise()))
    op = step(talk, submission=direct(asked), update=UpdateKey(1, 1))
    error: type[Exception]
    match spoilt:
        case "stale":
            op, error = replace(op, expected_revision=2), StaleRevision
        case "closed":
            async with begin() as work:
                await work.questionnaires.close("pulse", at=NOON)
                await work.commit()
            error = QuestionnaireClosed
        case "another body":
            mismatch = direct(asked, idempotency=promise(body="another"))
            op, error = replace(op, submission=mismatch), IdempotencyMismatch
        case _:
            op, error = replace(op, submission=_bad(asked)), WriteFailed

    with pytest.raises(error):
        await writer.apply(op)

    assert [row["revision"] for row in await rows(tables.conversations)] == [3]
    assert [row["payload"] for row in await rows(tables.inbox)] == [b"payload"]
    assert len(await rows(tables.responses)) == len(await rows(tables.receipts)) == 1


async def test_racing_steps_of_two_processes_have_one_winner_per_revision(
    database_url: str, database: Database, talk: Conversation, rows: Rows
) -> None:
    beside = Database(database_url)
    won = 0
    async with SqlWriter(database, Ids()) as one, SqlWriter(beside, Ids()) as other:
        for revision in range(3, 8):
            race = step(replace(talk, revision=revision))
            outcomes = await asyncio.gather(
                *(writer.apply(race) for writer in (one, other, one, other)), return_exceptions=True
            )
            won += sum(outcome is None for outcome in outcomes)
            assert sum(isinstance(outcome, StaleRevision) for outcome in outcomes) == 3
    await beside.close()

    assert won == 5
    assert [row["revision"] for row in await rows(tables.conversations)] == [8]


# --- what surrounds a step in a chat ---


@pytest.mark.parametrize("together", [True, False])
async def test_a_slower_note_of_an_older_turn_does_not_hide_a_newer_one(
    writer: SqlWriter, talk: Conversation, rows: Rows, together: bool
) -> None:
    notes = [ShownTurn(talk.id, 3, 40), ShownTurn(talk.id, 4, 41), ShownTurn(talk.id, 3, 40)]

    if together:
        await asyncio.gather(*(writer.shown(note) for note in notes))
    else:
        for note in notes:
            await writer.shown(note)

    (kept,) = await rows(tables.conversations)
    assert (kept["shown"], kept["message_id"], kept["revision"]) == (4, 41, 3)
    assert kept["draft"] == b"draft"


async def test_a_turn_shown_without_a_message_forgets_the_message_before(
    writer: SqlWriter, talk: Conversation, rows: Rows
) -> None:
    await writer.shown(ShownTurn(talk.id, 3, 40))
    await writer.shown(ShownTurn(talk.id, 4))

    (kept,) = await rows(tables.conversations)
    assert (kept["shown"], kept["message_id"]) == (4, None)


async def test_a_step_and_the_note_of_the_turn_before_it_come_together(
    writer: SqlWriter, talk: Conversation, rows: Rows
) -> None:
    await asyncio.gather(
        writer.shown(ShownTurn(talk.id, 3, 40)), writer.apply(step(talk, draft=b""))
    )

    (kept,) = await rows(tables.conversations)
    assert (kept["shown"], kept["message_id"]) == (3, 40)
    assert (kept["revision"], kept["draft"]) == (4, b"")


async def test_a_note_about_a_conversation_that_is_deleted_changes_nothing(
    writer: SqlWriter, talk: Conversation, rows: Rows
) -> None:
    await writer.shown(ShownTurn(conversation().id, 3, 40))

    assert [row["shown"] for row in await rows(tables.conversations)] == [None]


async def test_updates_are_kept_once_and_an_applied_one_stays_empty(
    writer: SqlWriter, begin: SqlBegin, rows: Rows
) -> None:
    await _store(begin, 1)
    await writer.settle(UpdateKey(1, 1))

    await asyncio.gather(
        writer.keep([update(1), update(2, payload=b"second")]),
        writer.keep([update(2, payload=b"other"), update(3)]),
        writer.keep([]),
    )

    stored = {row["update_id"]: row for row in await rows(tables.inbox)}
    assert {number: row["payload"] for number, row in stored.items()} == {
        1: None,
        2: b"second",
        3: b"payload",
    }
    assert stored[3] == {
        "bot": 1,
        "update_id": 3,
        "day": NOON.date(),
        "user": 7,
        "payload": b"payload",
        "payload_key": "inbox-2026-11",
        "received_at": NOON,
        "attempts": 0,
        "error": None,
        "parked": False,
    }


async def test_an_update_that_is_settled_cannot_be_applied_any_more(
    writer: SqlWriter, begin: SqlBegin, talk: Conversation
) -> None:
    await _store(begin, 1)
    await writer.settle(UpdateKey(1, 1))

    with pytest.raises(StaleRevision):
        await writer.apply(step(talk, update=UpdateKey(1, 1)))


# --- batches ---


async def test_an_op_that_the_database_refuses_fails_alone(
    writer: SqlWriter, asked: Questionnaire, talk: Conversation, rows: Rows
) -> None:
    outcomes = await _together(
        writer, direct(asked), _bad(asked), step(talk), direct(asked), _bad(asked)
    )

    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [Receipt, WriteFailed, type(None), Receipt, WriteFailed]
    assert len(await rows(tables.responses)) == len(await rows(tables.receipts)) == 2
    assert "secret" not in str(outcomes[1])
    assert [row["revision"] for row in await rows(tables.conversations)] == [4]


async def test_a_batch_takes_as_many_statements_as_one_op(
    database: Database,
    begin: SqlBegin,
    asked: Questionnaire,
    talk: Conversation,
    statements_seen: StatementsSeen,
) -> None:
    box = await _kept_box(begin)
    talks = [conversation(owner=f"telegram:1:{number}") for number in range(40)]
    async with begin() as work:
        for each in talks:
            await work.conversations.add(each)
        await work.inbox.store([update(number) for number in range(41)])
        await work.commit()

    def ops(of: Sequence[Conversation], name: str) -> list[Any]:
        return [
            op
            for number, each in enumerate(of)
            for op in (
                step(each, update=UpdateKey(1, number + (len(of) > 1)), submission=direct(asked)),
                into_box(
                    box, participant=f"{name}-{number}", idempotency=promise(f"{name}{number}")
                ),
            )
        ]

    async with SqlWriter(database, Ids()) as writer:
        small, large = ops([talk], "one"), ops(talks, "many")
        await _together(writer, *small)
        of_one = statements_seen.taken()
        outcomes = await _together(writer, *large)
        of_many = statements_seen.taken()

    assert all(isinstance(outcome, Receipt) for outcome in outcomes)
    assert len(of_many) == len(of_one) == (5 if database.dialect == "postgresql" else 13)


async def test_a_batch_in_which_all_is_in_order_is_one_trip(
    database: Database,
    begin: SqlBegin,
    asked: Questionnaire,
    talk: Conversation,
    statements_seen: StatementsSeen,
    rows: Rows,
) -> None:
    box = await _kept_box(begin)
    await _store(begin, 1)
    async with SqlWriter(database, Ids()) as writer:
        await _together(
            writer,
            into_box(box),
            direct(asked, participant="chat-7"),
            step(talk, update=UpdateKey(1, 1), submission=direct(asked)),
        )

    seen = statements_seen.taken()
    if database.dialect == "postgresql":
        assert len(seen) == 1
    else:
        assert (seen[0], seen[-1]) == ("BEGIN IMMEDIATE", "COMMIT")
    assert len(await rows(tables.receipts)) == 3
    assert [row["revision"] for row in await rows(tables.conversations)] == [4]
    assert [row["payload"] for row in await rows(tables.inbox)] == [None]


@pytest.mark.parametrize("wrong", ["closed", "box", "update", "revision", "reference"])
async def test_one_op_that_is_not_in_order_costs_its_neighbours_nothing_but_time(
    writer: SqlWriter,
    begin: SqlBegin,
    asked: Questionnaire,
    talk: Conversation,
    rows: Rows,
    wrong: str,
) -> None:
    other = questionnaire("other")
    await publish(begin, other)
    box = await _kept_box(begin)
    taken = await writer.submit(direct(other))
    bad: Any
    match wrong:
        case "closed":
            async with begin() as work:
                await work.questionnaires.close("pulse", at=NOON)
                await work.commit()
            bad = direct(asked)
        case "box":
            bad = into_box(replace(box, id=receipt().id, questionnaire="other"))
        case "update":
            bad = step(talk, update=UpdateKey(1, 99))
        case "revision":
            bad = step(talk, expected_revision=2)
        case _:
            bad = direct(other, receipt=replace(receipt(), reference=taken.reference))

    first, spoilt, last = await _together(writer, direct(other), bad, direct(other))

    assert isinstance(first, Receipt)
    assert isinstance(last, Receipt)
    assert isinstance(spoilt, Receipt) == (wrong == "reference")
    assert len(await rows(tables.responses)) == (4 if wrong == "reference" else 3)
    assert [row["revision"] for row in await rows(tables.conversations)] == [3]


@pytest.mark.parametrize("keys", [(None, None), (promise("one"), promise("other"))])
async def test_a_commit_whose_answer_was_lost_is_not_done_twice(
    database: Database,
    asked: Questionnaire,
    rows: Rows,
    statements_seen: StatementsSeen,
    keys: Sequence[Any],
) -> None:
    async with SqlWriter(database, Ids()) as writer:
        statements_seen.lose_a_commit()
        ops = [direct(asked, idempotency=key) for key in keys]
        outcomes = await _together(writer, *ops)

    assert statements_seen.commit_lost
    assert outcomes == [op.receipt for op in ops]
    assert len(await rows(tables.responses)) == 2


async def test_a_database_that_is_away_makes_everybody_busy_at_once(
    database: Database, asked: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = 0

    def away(*_arguments: Any, **_options: Any) -> None:
        nonlocal tried
        tried += 1
        raise ConnectionRefusedError

    async with SqlWriter(database, Ids()) as writer:
        monkeypatch.setattr(asyncpg, "connect", away)
        monkeypatch.setattr(sqlite3, "connect", away)
        outcomes = await _together(writer, *(direct(asked) for _ in range(30)))

    assert {type(outcome) for outcome in outcomes} == {Busy}
    assert tried == 2


async def test_a_full_queue_says_busy_and_keeps_the_rest(
    writer: SqlWriter, asked: Questionnaire, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "QUEUE", 3)

    outcomes = await _together(writer, *(direct(asked) for _ in range(5)))

    assert [type(outcome) for outcome in outcomes] == [Receipt] * 3 + [Busy] * 2
    assert len(await rows(tables.responses)) == 3


async def test_leaving_the_writer_writes_what_is_queued_and_then_refuses(
    database: Database, asked: Questionnaire, rows: Rows
) -> None:
    async with SqlWriter(database, Ids()) as writer:
        queued = [asyncio.ensure_future(writer.submit(direct(asked))) for _ in range(600)]
        await asyncio.wait(queued, timeout=0)

    assert all(isinstance(each, Receipt) for each in await asyncio.gather(*queued))
    assert len(await rows(tables.responses)) == 600
    with pytest.raises(Busy):
        await writer.submit(direct(asked))


async def test_a_caller_that_gives_up_disturbs_nobody(
    writer: SqlWriter, asked: Questionnaire, rows: Rows
) -> None:
    leaving = asyncio.ensure_future(writer.submit(direct(asked)))
    staying = asyncio.ensure_future(writer.submit(direct(asked)))
    await asyncio.wait([leaving], timeout=0)
    leaving.cancel()

    assert isinstance(await staying, Receipt)
    assert leaving.cancelled()
    assert len(await rows(tables.responses)) == 2


# --- helpers ---


async def _together(writer: SqlWriter, *ops: Any) -> list[Any]:
    """Hand over all ops before the writer can begin: they make one batch."""
    calls = [
        writer.apply(op) if hasattr(op, "expected_revision") else writer.submit(op) for op in ops
    ]
    return await asyncio.gather(*calls, return_exceptions=True)


async def _kept_box(begin: SqlBegin, **changes: Any) -> Any:
    async with begin() as work:
        box = await work.boxes.add(a_box(**changes))
        await work.commit()
    return box


async def _store(begin: SqlBegin, *numbers: int) -> None:
    async with begin() as work:
        await work.inbox.store([update(number) for number in numbers])
        await work.commit()


def _bad(asked: Questionnaire) -> Any:
    """A submission to a version that does not exist, which both databases refuse."""
    return direct(asked, response({"why": "secret"}, questionnaire=asked.key, version=99))


# --- invitations ---

WAVE = "staff-pulse-1"


async def _invited(begin: SqlBegin, *, count: int = 1) -> list[UUID]:
    """People's invitations to an open wave of the pulse."""
    plan = CampaignPlan.model_validate(
        {"key": "staff", "questionnaire": "pulse", "schedule": {"on_contact": True}}
    )
    wave = Wave(
        key=WAVE,
        campaign="staff",
        number=1,
        slot="2026-11",
        questionnaire="pulse",
        version=1,
        privacy=Privacy.CONFIDENTIAL,
        floor=10,
        month=NOVEMBER,
        state=WaveState.OPEN,
        opens_at=NOON,
        closes_at=NOON + timedelta(days=14),
        opened_at=NOON,
    )
    people = [Person(uuid4(), f"p{at}", "Ann Lee", (), NOON) for at in range(count)]
    invitations = [
        Invitation(uuid4(), WAVE, each.id, "finance", InvitationState.DELIVERED) for each in people
    ]
    async with begin() as work:
        await work.campaigns.add(Campaign(plan, CampaignState.RUNNING, 1, NOON, "operator"))
        await work.waves.add(wave)
        await work.people.put(people)
        await work.invitations.add(invitations, [], made_on=NOON.date())
        await work.commit()
    return [each.id for each in invitations]


def an_answer(box: Box, invitation: UUID) -> Submission:
    return into_box(
        box, wave=WAVE, invitation=invitation, mode="web", participant="ann", receipt=receipt()
    )


async def test_a34_of_fifty_answers_to_one_invitation_by_two_processes_one_is_kept(
    database_url: str, database: Database, begin: SqlBegin, asked: Questionnaire, rows: Rows
) -> None:
    [invitation] = await _invited(begin)
    box = await _kept_box(begin, wave=WAVE)
    beside = Database(database_url)
    async with SqlWriter(database, Ids()) as one, SqlWriter(beside, Ids()) as other:
        told = await asyncio.gather(
            *(writer.submit(an_answer(box, invitation)) for writer in (one, other) * 25),
            return_exceptions=True,
        )
    await beside.close()

    assert sorted({type(each).__name__ for each in told}) == ["AlreadyAnswered", "Receipt"]
    assert sum(isinstance(each, Receipt) for each in told) == 1
    for table in (tables.sealed, tables.receipts, tables.participations):
        assert len(await rows(table)) == 1
    (row,) = await rows(tables.invitations)
    assert (row["state"], row["mode"], row["response"]) == ("answered", "web", None)


async def test_one_by_an_open_link_is_kept_of_those_that_two_processes_take_at_once(
    database_url: str, database: Database, begin: SqlBegin, asked: Questionnaire, rows: Rows
) -> None:
    beside = Database(database_url)
    async with SqlWriter(database, Ids()) as one, SqlWriter(beside, Ids()) as other:
        told = await asyncio.gather(
            *(
                writer.submit(direct(asked, participant="ann", once=True))
                for writer in (one, other) * 25
            ),
            return_exceptions=True,
        )
    await beside.close()

    assert sorted({type(each).__name__ for each in told}) == ["AlreadyAnswered", "Receipt"]
    assert len(await rows(tables.responses)) == len(await rows(tables.participations)) == 1


async def test_answers_to_many_invitations_are_one_batch_and_each_is_marked(
    writer: SqlWriter, begin: SqlBegin, asked: Questionnaire, rows: Rows
) -> None:
    invitations = await _invited(begin, count=60)
    box = await _kept_box(begin, wave=WAVE)

    await asyncio.gather(
        *(
            writer.submit(replace(an_answer(box, each), participant=str(each)))
            for each in invitations
        )
    )

    assert {row["state"] for row in await rows(tables.invitations)} == {"answered"}
    assert len(await rows(tables.sealed)) == 60


async def test_an_answer_waits_for_a_closing_of_its_wave_that_came_first_and_is_refused(
    database_url: str, database: Database, begin: SqlBegin, asked: Questionnaire, rows: Rows
) -> None:
    [invitation] = await _invited(begin)
    box = await _kept_box(begin, wave=WAVE)
    closing = Database(database_url)
    async with SqlWriter(database, Ids()) as writer:
        async with SqlBegin(closing)() as work:
            await work.waves.set_state(WAVE, WaveState.CLOSED, at=NOON, was=WaveState.OPEN)
            submitted = asyncio.ensure_future(writer.submit(an_answer(box, invitation)))
            await asyncio.wait([submitted], timeout=0.2)
            assert not submitted.done()
            await work.commit()
        with pytest.raises(WaveClosed):
            await submitted
    await closing.close()

    assert await rows(tables.sealed) == []
    assert [row["state"] for row in await rows(tables.invitations)] == ["delivered"]


@pytest.mark.parametrize("state", [InvitationState.SKIPPED, InvitationState.ANSWERED])
async def test_who_is_not_asked_or_has_answered_cannot_answer(
    writer: SqlWriter, begin: SqlBegin, asked: Questionnaire, rows: Rows, state: InvitationState
) -> None:
    [invitation] = await _invited(begin)
    box = await _kept_box(begin, wave=WAVE)
    async with begin() as work:
        await work.invitations.set_state(invitation, state, was={InvitationState.DELIVERED})
        await work.commit()

    with pytest.raises(AlreadyAnswered):
        await writer.submit(an_answer(box, invitation))

    assert await rows(tables.sealed) == []


async def test_an_answer_waits_for_one_that_is_being_taken_and_is_refused_when_that_is_kept(
    database_url: str, database: Database, begin: SqlBegin, asked: Questionnaire, rows: Rows
) -> None:
    [invitation] = await _invited(begin)
    box = await _kept_box(begin, wave=WAVE)
    other = Database(database_url)
    async with SqlWriter(database, Ids()) as writer:
        async with SqlBegin(other)() as work:
            delivered = {InvitationState.DELIVERED}
            await work.invitations.set_state(invitation, InvitationState.ANSWERED, was=delivered)
            submitted = asyncio.ensure_future(writer.submit(an_answer(box, invitation)))
            await asyncio.wait([submitted], timeout=0.2)
            assert not submitted.done()
            await work.commit()
        with pytest.raises(AlreadyAnswered):
            await submitted
    await other.close()

    assert await rows(tables.sealed) == await rows(tables.receipts) == []


async def test_who_is_being_noted_elsewhere_as_having_answered_cannot_answer_again(
    database_url: str, database: Database, asked: Questionnaire, rows: Rows
) -> None:
    other = Database(database_url)
    op = direct(asked, participant="ann", once=True)
    async with SqlWriter(database, Ids()) as writer:
        async with other.writing() as connection:
            noted = {"questionnaire": "pulse", "month": op.month, "wave": "", "participant": "ann"}
            await connection.execute(tables.participations.insert().values(noted))
            submitted = asyncio.ensure_future(writer.submit(op))
            await asyncio.wait([submitted], timeout=0.2)
            assert not submitted.done()
            await connection.commit()
        with pytest.raises(AlreadyAnswered):
            await submitted
    await other.close()

    assert await rows(tables.responses) == await rows(tables.receipts) == []
