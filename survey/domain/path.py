"""The path: which questions are asked, computed from the answers each time.

One pass from the first question to the last. An expression sees only what stands before it: the
answers to questions that are themselves asked, and calculations. An answer that fell off the path
is seen by nothing.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

from survey.domain.answers import Reason, accept, explain, from_cell, from_json
from survey.domain.compiled import Read
from survey.domain.expressions import Value
from survey.domain.form import Form
from survey.domain.items import Item
from survey.domain.questionnaire import Question
from survey.errors import AnswerRejected, Fault, FieldsRejected

Answers = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Walk:
    """One pass: the questions and notes shown, in order, and what is known at its end.

    `values` holds the answers on the path and the calculations, without the unanswered.
    """

    questions: tuple[Question, ...]
    values: Answers

    def holds(self, name: str) -> bool:
        """Whether this question is on the path."""
        return any(question.name == name for question in self.questions)


def walk(form: Form, answers: Answers, today: date) -> Walk:
    """Compute the path.

    Args:
        answers: by question name; None is a question that was skipped.
        today: the local day, for `today()`.
    """
    found = form.compiled.along(answers, today)
    return Walk(*found) if found is not None else _walk(form, answers, today)


def _walk(form: Form, answers: Answers, today: date) -> Walk:
    """Item by item, whatever the answers are."""
    known: dict[str, Value] = {}
    questions = tuple(item.question for item in _along(form, answers, today, known))
    return Walk(questions, known)


def _along(form: Form, answers: Answers, today: date, known: dict[str, Value]) -> Iterator[Item]:
    """Each item on the path; meanwhile `known` holds what its expressions see."""
    for name, item in form.items.items():
        if item.relevant is not None and not item.relevant.holds(known, today=today):
            continue
        if item.calculation is None:
            yield item
            value = answers.get(name)
        else:
            value = item.calculation.evaluate(known, today=today)
        if value is not None:
            known[name] = value


def path(form: Form, answers: Answers, today: date) -> tuple[Question, ...]:
    """The questions and notes that these answers lead past, in order."""
    return walk(form, answers, today).questions


def values(form: Form, answers: Answers, today: date) -> Answers:
    """The answers on the path and what is calculated from them."""
    return walk(form, answers, today).values


def first_unanswered(walked: Walk, answers: Answers) -> Question | None:
    """The first question on the path that is neither answered nor skipped (or note not read)."""
    return next((q for q in walked.questions if q.name not in answers), None)


def progress(
    form: Form, walked: Walk, answers: Answers, question: Question
) -> tuple[int, int | None]:
    """(number, total) of a question within its part; notes are not counted and have number 0.

    The total is None as long as a question that is still to be answered decides whether others of
    the part are asked: a total that may change is not told.
    """
    if not question.asks:
        return 0, None
    counted = [q.name for q in walked.questions if q.asks and q.part == question.part]
    open_ = {q.name for q in walked.questions if q.asks and q.name not in answers}
    undecided = any(
        item.question.asks
        and item.question.part == question.part
        and not item.depends_on.isdisjoint(open_)
        for item in form.items.values()
    )
    return counted.index(question.name) + 1, None if undecided else len(counted)


def answered_so_far(form: Form, answers: Answers, today: date) -> tuple[int, int | None]:
    """(answered, total) for somebody who comes back; a skipped question is not answered.

    The total is that of the questionnaire's own questions. It is None where it may change, as in
    `progress`, and where all of them are passed.
    """
    walked = walk(form, answers, today)
    asked = [question for question in walked.questions if question.asks]
    answered = sum(answers.get(question.name) is not None for question in asked)
    next_one = next((question for question in asked if question.name not in answers), None)
    if next_one is None or next_one.part is not None:
        return answered, None
    return answered, progress(form, walked, answers, next_one)[1]


def known_before(form: Form, answers: Answers, today: date, name: str) -> Answers:
    """What the expressions of a question on the path see."""
    known: dict[str, Value] = {}
    for item in _along(form, answers, today, known):
        if item.question.name == name:
            break
    return known


def checked(item: Item, value: Value, known: Answers, today: date) -> Value:
    """The value as it is kept, where it answers the question as things stand.

    Args:
        known: as `known_before` gives it.

    Raises:
        AnswerRejected: by `answers.accept`, or required, or against the question's constraint.
    """
    question = item.question
    accepted = accept(question, value)
    if accepted is None:
        if question.required:
            raise AnswerRejected(question.name, Reason.REQUIRED)
        return None
    if item.constraint and not item.constraint.holds(known, own=accepted, today=today):
        raise AnswerRejected(question.name, Reason.CONSTRAINT)
    return accepted


# --- whole sets of answers ---


def settle(form: Form, answers: Answers, today: date) -> tuple[Answers, Sequence[AnswerRejected]]:
    """What is to be sent of the answers given in a conversation, and what stands against it.

    The answers on the path, in its order, without the skipped; and, question by question along
    the path, what is rejected. Answers off the path are dropped.
    """
    found = _sound(form, answers, accept, today)
    if found is not None:
        return found[0] | found[1], ()
    sound, rejected, _ = _checked_along(form, answers, {}, today)
    return sound, rejected


def validate(form: Form, answers: Answers, today: date) -> Answers:
    """Check a whole set of answers and return those on the path, without None.

    Raises:
        FieldsRejected: every fault, each with the path ("answers", question): an unknown
            question, an answer to a question that these answers do not lead to, one that its
            question does not take, a required one missing, a constraint that does not hold.
    """
    found = _all_sound(form, answers, accept, today)
    return found if found is not None else _validated(form, answers, {}, today)


def read_json(form: Form, raw: Mapping[str, Any], today: date) -> Answers:
    """`validate` of the answers of a JSON body. Raises: FieldsRejected, as `validate`."""
    return _read(form, raw, from_json, today)


def read_cells(form: Form, cells: Mapping[str, str], today: date) -> Answers:
    """`validate` of the cells of a CSV row, by column. Raises: FieldsRejected, as `validate`."""
    return _read(form, cells, from_cell, today)


def _read(
    form: Form,
    raw: Mapping[str, Any],
    reader: Read,
    today: date,
) -> Answers:
    found = _all_sound(form, raw, reader, today)
    return found if found is not None else _read_each(form, raw, reader, today)


def _all_sound(form: Form, raw: Mapping[str, Any], reader: Read, today: date) -> Answers | None:
    """All that was given, where nothing stands against any of it."""
    found = _sound(form, raw, reader, today)
    if found is None:
        return None
    sound, derived = found
    if len(sound) != len(raw) and not all(
        name in sound or (given is None and name in form.items and form.items[name].question.asks)
        for name, given in raw.items()
    ):
        return None
    return sound | derived if derived else sound


def _sound(
    form: Form, raw: Mapping[str, Any], reader: Read, today: date
) -> tuple[dict[str, Value], dict[str, Value]] | None:
    try:
        return form.compiled.sound(raw, today, reader)
    except AnswerRejected:
        return None


def _read_each(form: Form, raw: Mapping[str, Any], reader: Read, today: date) -> Answers:
    answers: dict[str, Value] = {}
    unread: dict[str, AnswerRejected] = {}
    for name, given in raw.items():
        item = form.items.get(name)
        if item is None or not item.question.asks:
            answers[name] = None
            continue
        try:
            answers[name] = reader(item.question, given)
        except AnswerRejected as rejected:
            unread[name] = rejected
    return _validated(form, answers, unread, today)


def _validated(
    form: Form, answers: Answers, unread: Mapping[str, AnswerRejected], today: date
) -> Answers:
    unknown = [n for n in answers if n not in form.items or not form.items[n].question.asks]
    sound, rejected, asked = _checked_along(form, answers, unread, today)
    faults = [
        *(Fault(("answers", name), "unknown_question", _UNKNOWN) for name in unknown),
        *map(_fault, unread.values()),
        *map(_fault, rejected),
        *(
            Fault(("answers", name), "not_asked", _NOT_ASKED)
            for name, value in answers.items()
            if value is not None
            and name not in unknown
            and name not in asked
            # What could not be read may be what leads there: one fault is enough.
            and form.items[name].depends_on.isdisjoint(unread)
        ),
    ]
    if faults:
        raise FieldsRejected(faults)
    return sound


def _checked_along(
    form: Form, answers: Answers, unread: Mapping[str, AnswerRejected], today: date
) -> tuple[Answers, Sequence[AnswerRejected], Set[str]]:
    """(the sound answers in the order of the path, what was rejected, all names on the path).

    An expression sees an answer as it is kept, but for one that is rejected.
    """
    answers = dict(answers)
    sound: dict[str, Value] = {}
    rejections: list[AnswerRejected] = []
    asked: set[str] = set()
    known: dict[str, Value] = {}
    for item in _along(form, answers, today, known):
        name = item.question.name
        asked.add(name)
        if not item.question.asks or name in unread:
            continue
        try:
            accepted = checked(item, answers.get(name), known, today)
        except AnswerRejected as rejected:
            rejections.append(rejected)
        else:
            answers[name] = accepted
            if accepted is not None:
                sound[name] = accepted
    sound |= _characteristics(form, known)
    return sound, rejections, asked


def _characteristics(form: Form, known: Answers) -> dict[str, Value]:
    """Calculations that are counted (disability, from two questions) belong to the response."""
    return {
        name: value
        for name, value in known.items()
        if form.items[name].calculation is not None and form.items[name].question.characteristic
    }


_UNKNOWN = "no question of this questionnaire has this name"
_NOT_ASKED = "the other answers do not lead to this question: leave it out"


def _fault(rejected: AnswerRejected) -> Fault:
    return Fault(("answers", rejected.question), str(rejected.reason), explain(rejected))
