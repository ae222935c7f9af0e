"""What a batch decides, without a database: facts in, rows and outcomes out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from survey.db.batch import (
    Claim,
    Facts,
    Guess,
    Holder,
    KeepUpdates,
    Look,
    Op,
    Outcome,
    Participation,
    Question,
    SettleUpdate,
    Write,
    batch,
)
from survey.domain.records import Receipt, ShownTurn, Submission, UpdateKey
from survey.errors import (
    AlreadyAnswered,
    IdempotencyMismatch,
    QuestionnaireClosed,
    StaleRevision,
    WaveClosed,
)
from tests.survey.db.builders import (
    Ids,
    a_box,
    conversation,
    direct,
    into_box,
    promise,
    questionnaire,
    receipt,
    step,
    update,
)

PULSE = questionnaire()
BOX = a_box()
TALK = conversation()
OPEN = Facts(open={"pulse"}, boxes={BOX.id}, revisions={TALK.id: 3})


def played(
    ops: Sequence[Op], *answers: Any, again: bool = False, guessing: bool = False
) -> tuple[list[Question], list[Outcome]]:
    """The questions of a batch that gets these answers, and its outcomes."""
    asking = batch(ops, Ids(), again=again, guessing=guessing)
    questions: list[Question] = []
    for answer in (None, *answers, None):
        try:
            questions.append(asking.send(answer))
        except StopIteration as done:
            return questions, done.value
    raise AssertionError(f"another answer was wanted: {questions[-1]}")


def written(questions: Sequence[Question]) -> Write:
    assert isinstance(questions[-1], Write)
    return questions[-1]


def test_a_batch_asks_once_what_decides_and_writes_once() -> None:
    submissions = [into_box(BOX), direct(PULSE)]
    ops: list[Op] = [*submissions, step(TALK, update=UpdateKey(1, 5))]

    questions, outcomes = played(ops, replace(OPEN, waiting={UpdateKey(1, 5)}))

    asked, write = questions
    assert isinstance(asked, Look)
    assert asked.questionnaires == ["pulse"]
    assert asked.boxes == [BOX.id]
    assert asked.conversations == [TALK.id]
    assert isinstance(write, Write)
    assert [row[0] for row in write.receipts] == [each.receipt.id for each in submissions]
    assert outcomes == [*(each.receipt for each in submissions), None]


def test_what_is_locked_is_sorted_whatever_the_order_of_arrival() -> None:
    talks = [conversation() for _ in range(20)]
    keys = [UpdateKey(bot, number) for number in range(20) for bot in (2, 1)]
    ops: list[Op] = [step(talk, update=key) for talk, key in zip(talks, keys, strict=False)]
    ops += [SettleUpdate(key) for key in keys]

    (asked, *_), _outcomes = played(ops, Facts())

    assert isinstance(asked, Look)
    assert asked.conversations == sorted(talk.id for talk in talks)
    assert asked.updates == sorted(keys, key=lambda key: (key.bot, key.update_id))


def test_sealed_rows_are_written_in_the_order_of_their_random_keys() -> None:
    ops = [into_box(BOX, bytes([number])) for number in range(50)]

    questions, _ = played(ops, OPEN)

    rows = written(questions).sealed
    assert [row[1].int for row in rows] == sorted(row[1].int for row in rows)
    assert [row[2] for row in rows] != [op.sealed.blob for op in ops if op.sealed]


def test_a_refused_op_writes_nothing_and_its_neighbours_all() -> None:
    fits = into_box(BOX)
    ops: list[Op] = [direct(questionnaire("closed")), step(TALK, expected_revision=1), fits]

    questions, outcomes = played(ops, OPEN)

    assert isinstance(outcomes[0], QuestionnaireClosed)
    assert isinstance(outcomes[1], StaleRevision)
    write = written(questions)
    assert [row[0] for row in write.receipts] == [fits.receipt.id]
    assert (write.responses, write.counts, write.conversations) == ([], [], [])


def test_a_batch_of_which_everything_is_refused_writes_nothing() -> None:
    questions, outcomes = played([step(TALK), into_box(BOX)], Facts())

    assert [type(question) for question in questions] == [Look]
    assert all(isinstance(outcome, Exception) for outcome in outcomes)


def test_keys_are_claimed_once_each_and_only_for_what_is_not_refused() -> None:
    ops = [
        direct(PULSE, idempotency=promise("b")),
        direct(PULSE, idempotency=promise("a")),
        direct(PULSE, idempotency=promise("b")),
        direct(questionnaire("closed"), idempotency=promise("c")),
    ]
    standing = [
        Holder("api", "a", "body", ops[1].receipt.id),
        Holder("api", "b", "body", ops[0].receipt.id),
    ]

    questions, outcomes = played(ops, OPEN, standing)

    claim = questions[1]
    assert isinstance(claim, Claim)
    assert [(row.key, row.receipt) for row in claim.rows] == [
        ("a", ops[1].receipt.id),
        ("b", ops[0].receipt.id),
    ]
    assert outcomes[:3] == [ops[0].receipt, ops[1].receipt, ops[0].receipt]
    assert len(written(questions).receipts) == 2


def test_a_key_that_another_process_holds_gives_its_receipt_or_is_a_mismatch() -> None:
    theirs = receipt()
    ops = [
        direct(PULSE, idempotency=promise("a")),
        direct(PULSE, idempotency=promise("b", "another")),
    ]
    standing = [Holder("api", key, "body", theirs.id) for key in "ab"]

    questions, outcomes = played(ops, OPEN, standing, Facts(receipts={theirs.id: theirs}))

    assert questions[2] == Look(receipts=[theirs.id])
    assert outcomes[0] == theirs
    assert isinstance(outcomes[1], IdempotencyMismatch)
    assert written(questions).receipts == []


def test_references_are_offered_until_none_is_taken() -> None:
    op = direct(PULSE)
    taken = {op.receipt.reference}

    questions, outcomes = played(
        [op], replace(OPEN, taken=taken), Facts(taken={"NEW-000001"}), Facts()
    )

    assert questions[1:3] == [Look(references=["NEW-000001"]), Look(references=["NEW-000002"])]
    assert outcomes == [Receipt(op.receipt.id, "NEW-000002")]


def test_tried_again_an_op_whose_receipt_is_there_is_done() -> None:
    op = step(TALK, submission=direct(PULSE), update=UpdateKey(1, 5))
    assert op.submission is not None
    kept = Receipt(op.submission.receipt.id, "K7M-4QX")

    questions, outcomes = played([op], replace(OPEN, receipts={kept.id: kept}), again=True)

    assert [type(question) for question in questions] == [Look]
    assert outcomes == [kept]


def test_notes_of_one_conversation_become_one_change_with_its_step() -> None:
    ops: list[Op] = [ShownTurn(TALK.id, 3, 40), step(TALK), ShownTurn(TALK.id, 2, 39)]

    questions, outcomes = played(ops, OPEN)

    (change,) = written(questions).conversations
    assert (change.revision, change.shown, change.message_id) == (4, 3, 40)
    assert outcomes == [None] * 3


def test_an_update_that_is_kept_twice_is_one_row() -> None:
    questions, _ = played([KeepUpdates([update(2), update(1)]), KeepUpdates([update(2)])], Facts())

    assert [row[:2] for row in written(questions).kept] == [(1, 1), (1, 2)]


def test_a_guess_that_is_right_is_all_that_is_asked() -> None:
    submission = into_box(BOX)
    ops: list[Op] = [submission, step(TALK, update=UpdateKey(1, 5)), ShownTurn(TALK.id, 3, 40)]

    (guess,), outcomes = played(ops, True, guessing=True)

    assert isinstance(guess, Guess)
    assert guess.questionnaires == ["pulse"]
    assert guess.boxes == [BOX.id]
    assert guess.updates == [UpdateKey(1, 5)]
    assert guess.revisions == [(TALK.id, 3)]
    assert [row[0] for row in guess.write.receipts] == [submission.receipt.id]
    assert outcomes == [submission.receipt, None, None]


def test_after_a_guess_that_is_wrong_all_is_asked_as_without_one() -> None:
    ops = [into_box(BOX), into_box(BOX)]

    questions, outcomes = played(ops, False, OPEN, guessing=True)

    assert [type(question) for question in questions] == [Guess, Look, Write]
    assert outcomes == [op.receipt for op in ops]


@pytest.mark.parametrize(
    "ops",
    [
        [direct(PULSE, idempotency=promise())],
        [step(TALK), step(TALK)],
        [step(TALK, update=UpdateKey(1, 5)), step(conversation(), update=UpdateKey(1, 5))],
        [direct(PULSE, receipt=Receipt(number, "K7M-4QX")) for number in (TALK.id, BOX.id)],
    ],
    ids=["a key", "one conversation", "one update", "one reference"],
)
def test_nothing_is_guessed_where_one_op_may_decide_about_another(ops: Sequence[Op]) -> None:
    first = next(batch(ops, Ids(), guessing=True))

    assert isinstance(first, Look)


def test_nothing_is_guessed_when_an_op_is_tried_again() -> None:
    first = next(batch([into_box(BOX)], Ids(), again=True, guessing=True))

    assert isinstance(first, Look)


# --- once ---

INVITED = uuid4()
IN_WAVE = replace(OPEN, waves={"w1"}, invited={INVITED})


def an_answer(**changes: Any) -> Submission:
    """To the invitation, in its wave."""
    answer = into_box(BOX, wave="w1", invitation=INVITED, mode="chat", participant="ann")
    return replace(answer, **changes)


def test_a30_of_fifty_answers_to_one_invitation_in_one_batch_the_first_is_taken() -> None:
    ops = [an_answer(receipt=receipt()) for _ in range(50)]

    questions, outcomes = played(ops, IN_WAVE)

    write = written(questions)
    assert outcomes[0] == ops[0].receipt
    assert all(isinstance(each, AlreadyAnswered) for each in outcomes[1:])
    assert [len(rows) for rows in (write.receipts, write.sealed, write.participations)] == [1] * 3
    assert write.answered == [(INVITED, "chat", None)]


def test_an_answer_to_an_invitation_says_what_is_to_be_locked_and_guessed() -> None:
    ops = [an_answer(), into_box(BOX)]

    (guess, look, *_), _outcomes = played(ops, False, IN_WAVE, guessing=True)

    assert isinstance(guess, Guess)
    assert isinstance(look, Look)
    assert (guess.waves, guess.invitations) == (["w1"], [INVITED]) == (look.waves, look.invitations)


@pytest.mark.parametrize("again", [an_answer(), an_answer(invitation=None, once=True)])
def test_what_can_be_taken_once_is_not_guessed_twice_in_one_batch(again: Submission) -> None:
    (first, *_), _outcomes = played(
        [again, replace(again, receipt=receipt())], IN_WAVE, guessing=True
    )

    assert isinstance(first, Look)


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        (replace(IN_WAVE, invited=frozenset()), AlreadyAnswered),
        (replace(IN_WAVE, waves=frozenset()), WaveClosed),
        (replace(IN_WAVE, open=frozenset()), QuestionnaireClosed),
    ],
)
def test_an_invitation_that_was_answered_or_is_over_takes_no_answer(
    facts: Facts, refused: type[Exception]
) -> None:
    questions, outcomes = played([an_answer()], facts)

    assert isinstance(outcomes[0], refused)
    assert not any(isinstance(each, Write) for each in questions)


def test_who_has_stepped_on_meanwhile_is_told_so_and_not_that_they_have_answered() -> None:
    twice = [step(TALK, submission=an_answer(receipt=receipt())) for _ in range(2)]

    _, outcomes = played(twice, IN_WAVE)

    assert isinstance(outcomes[0], Receipt)
    assert isinstance(outcomes[1], StaleRevision)


def test_who_may_answer_once_is_not_taken_twice_and_others_are() -> None:
    once = replace(into_box(BOX), participant="ann", once=True)
    other = replace(into_box(BOX), participant="bob", once=True)
    rated = replace(into_box(BOX), participant="cy")
    noted = Participation("pulse", BOX.month, "", "bob")

    questions, outcomes = played(
        [once, replace(once, receipt=receipt()), other, rated, replace(rated, receipt=receipt())],
        replace(OPEN, participations={noted}),
    )

    refused = [isinstance(each, AlreadyAnswered) for each in outcomes]
    assert refused == [False, True, True, False, False]
    write = written(questions)
    assert [row.participant for row in write.once] == ["ann"]
    assert [row.participant for row in write.participations] == ["cy"]
