"""What a batch of hot writes does, decided without a database.

`batch` is a generator: it yields questions (`Look`, `Claim`) and at last one `Write`, and is sent
the answers. Whoever drives it, on whichever database, does all of it in one transaction. A batch
asks as many questions as a single op. Where each trip to the database costs, it begins with a
`Guess` that all ops are in order, which is answer and transaction in one.

The order is the same for every batch, so that two processes wait for each other and never in a
circle: first everything that decides is read and locked (questionnaires, waves, boxes, updates,
invitations, conversations, then idempotency keys, each sorted), then what was decided is written.
"""

from collections import Counter
from collections.abc import Generator, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple, Self, TypeVar
from uuid import UUID, uuid4

from survey.domain.records import (
    CountKey,
    InboxRow,
    Receipt,
    Response,
    ShownTurn,
    Step,
    Submission,
    UpdateKey,
)
from survey.domain.retention import IDEMPOTENCY_DAYS
from survey.domain.waves import TAKING_ANSWERS, InvitationState
from survey.errors import (
    AlreadyAnswered,
    BoxGone,
    FeedbackError,
    IdempotencyMismatch,
    QuestionnaireClosed,
    StaleRevision,
    WaveClosed,
)
from survey.ports import Ids

T = TypeVar("T")

TAKES_ANSWERS: Final = "state IN ({})".format(", ".join(f"'{each}'" for each in TAKING_ANSWERS))
"""Of a wave, in SQL."""

MAY_ANSWER: Final = "state IN ({})".format(
    ", ".join(f"'{each}'" for each in InvitationState if each.may_answer)
)
"""Of an invitation, in SQL."""


@dataclass(frozen=True, slots=True)
class KeepUpdates:
    """Store updates in the inbox; one that is already known changes nothing."""

    rows: Sequence[InboxRow]


@dataclass(frozen=True, slots=True)
class SettleUpdate:
    """Mark and empty an update that led to no step."""

    key: UpdateKey


Op = Submission | Step | ShownTurn | KeepUpdates | SettleUpdate
Outcome = Receipt | FeedbackError | None


# --- what is asked of the database ---


@dataclass(frozen=True, slots=True)
class Look:
    """Read what decides, and lock it, in the order of the fields; each is sorted.

    Locked are: questionnaires and waves, so that closing waits for this transaction or this one for
    the closing; boxes, by a lock that opening one does not wait for and forgetting it does;
    updates, invitations and conversations against everybody. Not locked are participations: whoever
    writes one a second time is refused by the database. Answered by `Facts`.
    """

    receipts: Sequence[UUID] = ()
    questionnaires: Sequence[str] = ()
    waves: Sequence[str] = ()
    boxes: Sequence[UUID] = ()
    updates: Sequence[UpdateKey] = ()
    invitations: Sequence[UUID] = ()
    conversations: Sequence[UUID] = ()
    participations: Sequence["Participation"] = ()
    references: Sequence[str] = ()


class Participation(NamedTuple):
    """Who took part in what: a row of its table."""

    questionnaire: str
    month: date
    wave: str
    participant: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What of it is there: `open` takes answers, `waiting` has a payload, `taken` is somebody's.

    `waves` take answers, `invited` may answer, `participations` are noted.
    """

    receipts: Mapping[UUID, Receipt] = field(default_factory=dict)
    open: AbstractSet[str] = frozenset()
    waves: AbstractSet[str] = frozenset()
    boxes: AbstractSet[UUID] = frozenset()
    waiting: AbstractSet[UpdateKey] = frozenset()
    invited: AbstractSet[UUID] = frozenset()
    revisions: Mapping[UUID, int] = field(default_factory=dict)
    participations: AbstractSet[Participation] = frozenset()
    taken: AbstractSet[str] = frozenset()


class ClaimRow(NamedTuple):
    """An idempotency key that a submission claims, as a row of its table."""

    scope: str
    key: str
    body: str
    receipt: UUID
    accepted_at: datetime


class Holder(NamedTuple):
    """Whose receipt stands with an idempotency key."""

    scope: str
    key: str
    body: str
    receipt: UUID


@dataclass(frozen=True, slots=True)
class Claim:
    """Claim idempotency keys, each once; one that another process claims too is waited for.

    Claims of `expired` and before are taken over. Answered by a `Holder` for each.
    """

    rows: Sequence[ClaimRow]
    expired: datetime


class ConversationChange(NamedTuple):
    """New values of a conversation: None stands for what it had before.

    `message_id` goes with `shown`, which only ever goes up.
    """

    id: UUID
    revision: int | None = None
    phase: str | None = None
    draft: bytes | None = None
    draft_key: str | None = None
    touched_at: datetime | None = None
    receipt: UUID | None = None
    shown: int | None = None
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """Rows to write, in the order of their tables' columns. Answered by nothing.

    Claims of `expired` and before are forgotten; `due` are questionnaires and months to publish.
    Of `once` none may be there, which the database checks. `answered` are invitations, how, and of
    bodies which response it was.
    """

    receipts: Sequence[tuple[UUID, str, datetime]] = ()
    participations: Sequence[Participation] = ()
    once: Sequence[Participation] = ()
    sealed: Sequence[tuple[UUID, UUID, bytes]] = ()
    responses: Sequence[tuple[Any, ...]] = ()
    counts: Sequence[tuple[Any, ...]] = ()
    due: Sequence[tuple[str, date, int]] = ()
    conversations: Sequence[ConversationChange] = ()
    answered: Sequence[tuple[UUID, str | None, UUID | None]] = ()
    settled: Sequence[UpdateKey] = ()
    kept: Sequence[tuple[Any, ...]] = ()
    expired: datetime | None = None

    @property
    def anything(self) -> bool:
        """Whether there is a row to write; every submission has a receipt."""
        return any((self.receipts, self.conversations, self.settled, self.kept, self.expired))


@dataclass(frozen=True, slots=True)
class Guess:
    """Write on condition, in one trip: where all of this is so, as it nearly always is.

    The questionnaires are open, the waves take answers, the boxes are there, the updates wait, the
    invitations may be answered, the conversations are at these revisions; each is locked as by
    `Look`. Nobody takes part a second time who may not. Answered by whether it was so, and thus
    kept: with a guess that was right the transaction is over, with a wrong one nothing has
    happened.
    """

    questionnaires: Sequence[str]
    waves: Sequence[str]
    boxes: Sequence[UUID]
    updates: Sequence[UpdateKey]
    invitations: Sequence[UUID]
    revisions: Sequence[tuple[UUID, int]]
    write: Write


Question = Guess | Look | Claim | Write
Asking = Generator[Question, Any, T]
"""Yields questions, is sent their answers, and returns a T."""


def batch(
    ops: Sequence[Op], ids: Ids, *, again: bool = False, guessing: bool = False
) -> Asking[list[Outcome]]:
    """Decide the ops; one outcome each, in their order.

    What an op may not do is its outcome, and disturbs no other; where the database refuses, nothing
    of the batch may be kept. With `again`, an op whose receipt is there already is taken for done:
    a commit may succeed although its answer is lost on the way.
    """
    entries = [_Entry.of(op) for op in ops]
    if guessing and not again and _stand_alone(entries):
        right: bool = yield _guess(ops, entries)
        if right:
            return [entry.outcome() for entry in entries]
    facts: Facts = yield _look(ops, entries, again=again)
    _leave_out_done(entries, facts.receipts)
    _refuse_closed(entries, facts)
    _refuse_without_box(entries, facts.boxes)
    _refuse_stale(entries, facts)
    _refuse_answered(entries, facts)
    expired = yield from _leave_out_repeats(entries)
    yield from _settle_references(entries, facts.taken, ids)
    write = _write(ops, entries, expired)
    if write.anything:
        yield write
    return [entry.outcome() for entry in entries]


# --- deciding ---


@dataclass(slots=True)
class _Entry:
    """An op on its way: what it still has to write, and what its caller is told.

    Deciding takes away: a refused op has neither step nor submission left, a repeat no submission.
    """

    step: Step | None = None
    submission: Submission | None = None
    receipt: Receipt | None = None
    refused: FeedbackError | None = None
    first: Self | None = None

    @classmethod
    def of(cls, op: Op) -> Self:
        match op:
            case Submission():
                return cls(None, op, op.receipt)
            case Step(submission=submission):
                return cls(op, submission, submission.receipt if submission else None)
            case _:
                return cls()

    def refuse(self, error: FeedbackError) -> None:
        self.step, self.submission, self.refused = None, None, error

    def final_receipt(self) -> Receipt | None:
        """Of a repeat, the receipt of the first, whose reference may have changed meanwhile."""
        return (self.first or self).receipt

    def outcome(self) -> Outcome:
        return self.refused or self.final_receipt()


def _submitting(entries: Iterable[_Entry]) -> list[tuple[_Entry, Submission]]:
    return [(entry, entry.submission) for entry in entries if entry.submission]


def _stepping(entries: Iterable[_Entry]) -> list[tuple[_Entry, Step]]:
    return [(entry, entry.step) for entry in entries if entry.step]


def _look(ops: Sequence[Op], entries: Sequence[_Entry], *, again: bool) -> Look:
    submissions = [submission for _, submission in _submitting(entries)]
    updates = {step.update for _, step in _stepping(entries) if step.update}
    updates |= {op.key for op in ops if isinstance(op, SettleUpdate)}
    talks = {op.conversation for op in ops if isinstance(op, Step | ShownTurn)}
    return Look(
        receipts=[each.receipt.id for each in submissions] if again else (),
        questionnaires=sorted({each.questionnaire for each in submissions}),
        waves=sorted({each.wave for each in submissions if each.wave}),
        boxes=sorted({each.sealed.box for each in submissions if each.sealed}),
        updates=sorted(updates, key=_by_number),
        invitations=sorted({each.invitation for each in submissions if each.invitation}),
        conversations=sorted(talks),
        participations=sorted(filter(None, map(_only_once, submissions))),
        references=[each.receipt.reference for each in submissions],
    )


def _stand_alone(entries: Sequence[_Entry]) -> bool:
    """Whether no op has a say in what becomes of another, as far as can be told from them."""
    submissions = [submission for _, submission in _submitting(entries)]
    steps = [step for _, step in _stepping(entries)]
    updates = [step.update for step in steps if step.update]
    return (
        not any(each.idempotency for each in submissions)
        and _differ(each.receipt.reference for each in submissions)
        and _differ(step.conversation for step in steps)
        and _differ(updates)
        and _differ(each.invitation for each in submissions if each.invitation)
        and _differ(filter(None, map(_only_once, submissions)))
    )


def _differ(values: Iterable[Hashable]) -> bool:
    given = list(values)
    return len(set(given)) == len(given)


def _guess(ops: Sequence[Op], entries: Sequence[_Entry]) -> Guess:
    steps = [step for _, step in _stepping(entries)]
    look = _look(ops, entries, again=False)
    return Guess(
        questionnaires=look.questionnaires,
        waves=look.waves,
        boxes=look.boxes,
        invitations=look.invitations,
        updates=sorted((step.update for step in steps if step.update), key=_by_number),
        revisions=sorted((step.conversation, step.expected_revision) for step in steps),
        write=_write(ops, entries, None),
    )


def _by_number(key: UpdateKey) -> tuple[int, int]:
    return key.bot, key.update_id


def _leave_out_done(entries: Sequence[_Entry], done: Mapping[UUID, Receipt]) -> None:
    for entry, submission in _submitting(entries):
        if receipt := done.get(submission.receipt.id):
            entry.step, entry.submission, entry.receipt = None, None, receipt


def _participation(submission: Submission) -> Participation | None:
    who = submission.participant
    if who is None:
        return None
    return Participation(submission.questionnaire, submission.month, submission.wave, who)


def _only_once(submission: Submission) -> Participation | None:
    """What must not be noted yet."""
    return _participation(submission) if submission.once else None


def _refuse_closed(entries: Sequence[_Entry], facts: Facts) -> None:
    for entry, submission in _submitting(entries):
        if submission.wave and submission.wave not in facts.waves:
            entry.refuse(WaveClosed(submission.wave))
        elif submission.questionnaire not in facts.open:
            entry.refuse(QuestionnaireClosed(submission.questionnaire))


def _refuse_without_box(entries: Sequence[_Entry], there: AbstractSet[UUID]) -> None:
    for entry, submission in _submitting(entries):
        if submission.sealed and submission.sealed.box not in there:
            entry.refuse(BoxGone("box"))


def _refuse_stale(entries: Sequence[_Entry], facts: Facts) -> None:
    """Of several steps of one conversation, or for one update, the first that fits is applied."""
    revisions, waiting = dict(facts.revisions), set(facts.waiting)
    for entry, step in _stepping(entries):
        applied = step.update is not None and step.update not in waiting
        if applied or revisions.get(step.conversation) != step.expected_revision:
            entry.refuse(StaleRevision("conversation"))
            continue
        del revisions[step.conversation]
        if step.update:
            waiting.remove(step.update)


def _refuse_answered(entries: Sequence[_Entry], facts: Facts) -> None:
    """Of several answers to one invitation, or of one who may answer once, the first is taken."""
    invited, noted = set(facts.invited), set(facts.participations)
    for entry, submission in _submitting(entries):
        invitation, participation = submission.invitation, _only_once(submission)
        if (invitation and invitation not in invited) or participation in noted:
            again = AlreadyAnswered(submission.questionnaire, submission.month, again=False)
            entry.refuse(again)
            continue
        if invitation:
            invited.remove(invitation)
        if participation:
            noted.add(participation)


def _leave_out_repeats(entries: Sequence[_Entry]) -> Asking[datetime | None]:
    """Claim the idempotency keys; what is claimed up to the returned time counts no more.

    Whose receipt then stands with the key came first; the others repeat it, if the body agrees.
    """
    claims = [
        (entry, each, each.idempotency) for entry, each in _submitting(entries) if each.idempotency
    ]
    if not claims:
        return None
    rows: dict[tuple[str, str], ClaimRow] = {}
    for _, submission, promise in claims:
        row = ClaimRow(
            promise.scope,
            promise.key,
            promise.body,
            submission.receipt.id,
            submission.accepted_at,
        )
        rows.setdefault((promise.scope, promise.key), row)
    expired = max(row.accepted_at for row in rows.values()) - timedelta(days=IDEMPOTENCY_DAYS)
    standing: Sequence[Holder] = yield Claim([rows[key] for key in sorted(rows)], expired)
    holders = {(row.scope, row.key): row for row in standing}
    here = {submission.receipt.id: entry for entry, submission, _ in claims}
    earlier = {row.receipt for row in standing} - set(here)
    proofs: Mapping[UUID, Receipt] = {}
    if earlier:
        facts: Facts = yield Look(receipts=sorted(earlier))
        proofs = facts.receipts
    for entry, submission, promise in claims:
        holder = holders[promise.scope, promise.key]
        if holder.body not in (promise.body, promise.formerly):
            entry.refuse(IdempotencyMismatch("idempotency key"))
        elif holder.receipt != submission.receipt.id:
            entry.submission = None
            entry.first = here.get(holder.receipt)
            entry.receipt = proofs.get(holder.receipt)
    return expired


def _settle_references(
    entries: Sequence[_Entry], found: AbstractSet[str], ids: Ids
) -> Asking[None]:
    """Give another reference to those whose own is taken, here or in the database."""
    taken = set(found)
    unsettled = _submitting(entries)
    while True:
        clashing = []
        offered = []
        for entry, submission in unsettled:
            receipt = entry.receipt or submission.receipt
            if receipt.reference in taken:
                entry.receipt = replace(receipt, reference=ids.reference())
                offered.append(entry.receipt.reference)
                clashing.append((entry, submission))
            else:
                taken.add(receipt.reference)
        if not clashing:
            return
        unsettled = clashing
        facts: Facts = yield Look(references=offered)
        taken |= facts.taken


# --- what is written ---


def _write(ops: Sequence[Op], entries: Sequence[_Entry], expired: datetime | None) -> Write:
    accepted = _submitting(entries)
    submissions = [submission for _, submission in accepted]
    counts: Counter[CountKey] = Counter()
    for each in submissions:
        counts.update(each.counts)
    settled = {step.update for _, step in _stepping(entries) if step.update}
    settled |= {op.key for op in ops if isinstance(op, SettleUpdate)}
    direct = {each.receipt.id: _response_row(each.direct) for each in submissions if each.direct}
    kept: dict[UpdateKey, InboxRow] = {}
    for op in ops:
        for row in op.rows if isinstance(op, KeepUpdates) else ():
            kept.setdefault(row.key, row)
    return Write(
        receipts=[
            ((receipt := entry.receipt or each.receipt).id, receipt.reference, each.accepted_at)
            for entry, each in accepted
        ],
        participations=sorted(
            set(filter(None, (_participation(each) for each in submissions if not each.once)))
        ),
        once=sorted(filter(None, map(_only_once, submissions))),
        # By their random keys: the order of arrival is nobody's business.
        sealed=sorted(
            ((each.sealed.box, uuid4(), each.sealed.blob) for each in submissions if each.sealed),
            key=lambda row: row[1].int,
        ),
        responses=sorted(direct.values(), key=lambda row: row[0].int),
        counts=sorted(_count_row(key, n) for key, n in counts.items() if n),
        due=sorted({(key.questionnaire, key.month, 1) for key in counts}),
        conversations=_changes(ops, entries),
        answered=sorted(
            (each.invitation, each.mode, direct[each.receipt.id][0] if each.direct else None)
            for each in submissions
            if each.invitation
        ),
        settled=sorted(settled, key=_by_number),
        kept=sorted(map(_inbox_row, kept.values()), key=lambda row: row[:2]),
        expired=expired,
    )


def _changes(ops: Sequence[Op], entries: Sequence[_Entry]) -> list[ConversationChange]:
    """One change a conversation: a step and what was shown of the one before may come together."""
    changes = {
        step.conversation: ConversationChange(
            step.conversation,
            step.revision,
            step.phase,
            step.draft,
            step.draft_key,
            step.at,
            receipt.id if (receipt := entry.final_receipt()) else None,
        )
        for entry, step in _stepping(entries)
    }
    for op in ops:
        if isinstance(op, ShownTurn):
            change = changes.get(op.conversation, ConversationChange(op.conversation))
            if change.shown is None or change.shown <= op.revision:
                changes[op.conversation] = change._replace(
                    shown=op.revision, message_id=op.message_id
                )
    return [changes[key] for key in sorted(changes)]


def _response_row(response: Response) -> tuple[Any, ...]:
    """Under a random key, made here and not by a use case: nobody is to know the key."""
    return (
        uuid4(),
        response.questionnaire,
        response.version,
        response.series,
        response.month,
        response.wave,
        response.unit,
        response.language,
        response.answers,
    )


def _count_row(key: CountKey, n: int) -> tuple[Any, ...]:
    return (
        key.questionnaire,
        key.month,
        key.wave,
        key.series,
        key.unit,
        key.service,
        key.dimension,
        key.category,
        key.question,
        key.value,
        n,
    )


def _inbox_row(row: InboxRow) -> tuple[Any, ...]:
    """(bot, update_id, day, user, payload, payload_key, received_at, attempts, error, parked)."""
    return (
        row.key.bot,
        row.key.update_id,
        row.received_at.astimezone(UTC).date(),
        row.user,
        row.payload,
        row.payload_key,
        row.received_at,
        row.attempts,
        row.parked,
        row.parked is not None,
    )
