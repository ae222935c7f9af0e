"""Many hot writes in one transaction, with as many statements as for one.

The order is the same for every batch, so that two processes wait for each other and never in a
circle: first everything that decides is read and locked (questionnaires, boxes, updates,
conversations, idempotency keys, each sorted), then what was decided is written.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from operator import itemgetter
from typing import Final, Self
from uuid import uuid4

from sqlalchemy import Uuid, bindparam, delete, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.repositories.chats import EMPTIED
from survey.db.repositories.responses import add_counts, add_responses
from survey.db.statements import insert_or_ignore
from survey.db.tables import (
    IDEMPOTENCY_DAYS,
    boxes,
    conversations,
    idempotency,
    inbox,
    participations,
    questionnaires,
    receipts,
    sealed,
)
from survey.domain.records import CountKey, Receipt, Step, Submission, UpdateKey
from survey.errors import (
    BoxGone,
    FeedbackError,
    IdempotencyMismatch,
    QuestionnaireClosed,
    StaleRevision,
)
from survey.ports import Ids

Op = Submission | Step
Outcome = Receipt | FeedbackError | None

_ADVANCE: Final = (
    update(conversations)
    .where(conversations.c.id == bindparam("of"), conversations.c.revision == bindparam("expected"))
    .values(
        revision=bindparam("to"),
        phase=bindparam("now_in"),
        draft=bindparam("now_draft"),
        draft_key=bindparam("now_draft_key"),
        touched_at=bindparam("at"),
        receipt=func.coalesce(bindparam("with_receipt", type_=Uuid), conversations.c.receipt),
    )
)
_EMPTY_UPDATE: Final = (
    update(inbox)
    .where(inbox.c.bot == bindparam("of_bot"), inbox.c.update_id == bindparam("of_update"))
    .values(EMPTIED)
)


@dataclass(slots=True)
class _Entry:
    """An op on its way: what it still has to write, and what its caller is told.

    Deciding takes away: a refused op has neither step nor submission left, a repeat no submission.
    """

    step: Step | None
    submission: Submission | None
    receipt: Receipt | None
    refused: FeedbackError | None = None
    first: Self | None = None

    @classmethod
    def of(cls, op: Op) -> Self:
        if isinstance(op, Submission):
            return cls(None, op, op.receipt)
        return cls(op, op.submission, op.submission.receipt if op.submission else None)

    def refuse(self, error: FeedbackError) -> None:
        self.step, self.submission, self.refused = None, None, error

    def final_receipt(self) -> Receipt | None:
        """Of a repeat, the receipt of the first, whose reference may have changed meanwhile."""
        return (self.first or self).receipt

    def outcome(self) -> Outcome:
        return self.refused or self.final_receipt()


async def write_batch(
    connection: AsyncConnection, ops: Sequence[Op], ids: Ids, *, again: bool = False
) -> list[Outcome]:
    """Do the ops in the open transaction; one outcome each, in their order.

    What an op may not do is its outcome, and disturbs no other; what the database refuses is
    raised, and then nothing of the batch may be kept. With `again`, an op whose receipt is there
    already is taken for done: a commit may succeed although its answer is lost on the way.
    """
    entries = [_Entry.of(op) for op in ops]
    if again:
        await _leave_out_done(connection, entries)
    await _refuse_closed(connection, entries)
    await _refuse_without_box(connection, entries)
    await _refuse_stale(connection, entries)
    await _leave_out_repeats(connection, entries)
    await _settle_references(connection, entries, ids)
    await _write_submissions(
        connection,
        [(entry.receipt or each.receipt, each) for entry, each in _submitting(entries)],
    )
    await _write_steps(connection, entries)
    return [entry.outcome() for entry in entries]


def _submitting(entries: Iterable[_Entry]) -> list[tuple[_Entry, Submission]]:
    return [(entry, entry.submission) for entry in entries if entry.submission]


def _stepping(entries: Iterable[_Entry]) -> list[tuple[_Entry, Step]]:
    return [(entry, entry.step) for entry in entries if entry.step]


async def _leave_out_done(connection: AsyncConnection, entries: Sequence[_Entry]) -> None:
    submitting = _submitting(entries)
    if not submitting:
        return
    rows = await connection.execute(
        select(receipts.c.id, receipts.c.reference).where(
            receipts.c.id.in_([submission.receipt.id for _, submission in submitting])
        )
    )
    done = {row.id: Receipt(row.id, row.reference) for row in rows}
    for entry, submission in submitting:
        if receipt := done.get(submission.receipt.id):
            entry.step, entry.submission, entry.receipt = None, None, receipt


async def _refuse_closed(connection: AsyncConnection, entries: Sequence[_Entry]) -> None:
    """By a shared lock: closing waits for this transaction, or this transaction for the closing."""
    submitting = _submitting(entries)
    if not submitting:
        return
    rows = await connection.execute(
        select(questionnaires.c.key, questionnaires.c.closed_at)
        .where(questionnaires.c.key.in_({each.questionnaire for _, each in submitting}))
        .order_by(questionnaires.c.key)
        .with_for_update(read=True)
    )
    takes_answers = {row.key for row in rows if row.closed_at is None}
    for entry, submission in submitting:
        if submission.questionnaire not in takes_answers:
            entry.refuse(QuestionnaireClosed(submission.questionnaire))


async def _refuse_without_box(connection: AsyncConnection, entries: Sequence[_Entry]) -> None:
    """By a lock that opening a box does not wait for, and forgetting it does."""
    wanted = [(entry, each.sealed.box) for entry, each in _submitting(entries) if each.sealed]
    if not wanted:
        return
    known = await connection.scalars(
        select(boxes.c.id)
        .where(boxes.c.id.in_({box for _, box in wanted}))
        .order_by(boxes.c.id)
        .with_for_update(read=True, key_share=True)
    )
    there = set(known)
    for entry, box in wanted:
        if box not in there:
            entry.refuse(BoxGone("box"))


async def _refuse_stale(connection: AsyncConnection, entries: Sequence[_Entry]) -> None:
    """Of several steps of one conversation, or for one update, the first that fits is applied."""
    steps = _stepping(entries)
    if not steps:
        return
    waiting = await _waiting_updates(connection, [step for _, step in steps])
    rows = await connection.execute(
        select(conversations.c.id, conversations.c.revision)
        .where(conversations.c.id.in_({step.conversation for _, step in steps}))
        .order_by(conversations.c.id)
        .with_for_update()
    )
    revisions = {row.id: row.revision for row in rows}
    for entry, step in steps:
        applied = step.update is not None and step.update not in waiting
        if applied or revisions.get(step.conversation) != step.expected_revision:
            entry.refuse(StaleRevision("conversation"))
            continue
        del revisions[step.conversation]
        if step.update:
            waiting.remove(step.update)


async def _waiting_updates(connection: AsyncConnection, steps: Sequence[Step]) -> set[UpdateKey]:
    keys = {(step.update.bot, step.update.update_id) for step in steps if step.update}
    if not keys:
        return set()
    rows = await connection.execute(
        select(inbox.c.bot, inbox.c.update_id)
        .where(tuple_(inbox.c.bot, inbox.c.update_id).in_(keys), inbox.c.payload.is_not(None))
        .order_by(inbox.c.bot, inbox.c.update_id)
        .with_for_update()
    )
    return {UpdateKey(row.bot, row.update_id) for row in rows}


async def _leave_out_repeats(connection: AsyncConnection, entries: Sequence[_Entry]) -> None:
    """Claim the idempotency keys: another process that claims one too is waited for.

    Whose receipt then stands with the key came first; the others repeat it, if the body agrees.
    """
    claims = [
        (entry, each, each.idempotency) for entry, each in _submitting(entries) if each.idempotency
    ]
    if not claims:
        return
    newest = max(submission.accepted_at for _, submission, _ in claims)
    expired = idempotency.c.accepted_at <= newest - timedelta(days=IDEMPOTENCY_DAYS)
    await connection.execute(delete(idempotency).where(expired))
    rows = [
        {
            "scope": promise.scope,
            "key": promise.key,
            "body": promise.body,
            "receipt": submission.receipt.id,
            "accepted_at": submission.accepted_at,
        }
        for _, submission, promise in claims
    ]
    rows.sort(key=itemgetter("scope", "key"))
    await connection.execute(insert_or_ignore(connection, idempotency), rows)
    keys = {(promise.scope, promise.key) for _, _, promise in claims}
    found = await connection.execute(
        select(idempotency, receipts.c.reference)
        .outerjoin(receipts, receipts.c.id == idempotency.c.receipt)
        .where(tuple_(idempotency.c.scope, idempotency.c.key).in_(keys))
    )
    holders = {(row.scope, row.key): row for row in found}
    here = {submission.receipt.id: entry for entry, submission, _ in claims}
    for entry, submission, promise in claims:
        holder = holders[promise.scope, promise.key]
        if holder.body != promise.body:
            entry.refuse(IdempotencyMismatch("idempotency key"))
        elif holder.receipt != submission.receipt.id:
            entry.submission = None
            entry.first = here.get(holder.receipt)
            entry.receipt = Receipt(holder.receipt, holder.reference)


async def _settle_references(
    connection: AsyncConnection, entries: Sequence[_Entry], ids: Ids
) -> None:
    """Give another reference to those whose own is taken, here or in the database."""
    taken: set[str] = set()
    unsettled = _submitting(entries)
    while unsettled:
        offered = [(entry.receipt or each.receipt).reference for entry, each in unsettled]
        found = await connection.scalars(
            select(receipts.c.reference).where(receipts.c.reference.in_(offered))
        )
        taken.update(found)
        clashing = []
        for entry, submission in unsettled:
            receipt = entry.receipt or submission.receipt
            if receipt.reference in taken:
                entry.receipt = replace(receipt, reference=ids.reference())
                clashing.append((entry, submission))
            else:
                taken.add(receipt.reference)
        unsettled = clashing


async def _write_submissions(
    connection: AsyncConnection, accepted: Sequence[tuple[Receipt, Submission]]
) -> None:
    if not accepted:
        return
    await connection.execute(
        insert(receipts),
        [
            {
                "id": receipt.id,
                "reference": receipt.reference,
                "accepted_at": submission.accepted_at,
            }
            for receipt, submission in accepted
        ],
    )
    submissions = [submission for _, submission in accepted]
    took_part = sorted(
        (each.questionnaire, each.month, each.wave, each.participant)
        for each in submissions
        if each.participant is not None
    )
    if took_part:
        names = [column.name for column in participations.columns]
        await connection.execute(
            insert_or_ignore(connection, participations),
            [dict(zip(names, row, strict=True)) for row in took_part],
        )
    put_in = [each.sealed for each in submissions if each.sealed]
    if put_in:
        await connection.execute(
            insert(sealed),
            [{"box": each.box, "id": uuid4(), "blob": each.blob} for each in put_in],
        )
    await add_responses(connection, [each.direct for each in submissions if each.direct])
    counts: Counter[CountKey] = Counter()
    for each in submissions:
        counts.update(each.counts)
    await add_counts(connection, counts)


async def _write_steps(connection: AsyncConnection, entries: Sequence[_Entry]) -> None:
    """Every row is locked and was found to fit, so that each of these changes one."""
    steps = _stepping(entries)
    if not steps:
        return
    await connection.execute(
        _ADVANCE,
        [
            {
                "of": step.conversation,
                "expected": step.expected_revision,
                "to": step.revision,
                "now_in": step.phase,
                "now_draft": step.draft,
                "now_draft_key": step.draft_key,
                "at": step.at,
                "with_receipt": receipt.id if (receipt := entry.final_receipt()) else None,
            }
            for entry, step in steps
        ],
    )
    updates = [step.update for _, step in steps if step.update]
    if updates:
        await connection.execute(
            _EMPTY_UPDATE,
            [{"of_bot": each.bot, "of_update": each.update_id} for each in updates],
        )
