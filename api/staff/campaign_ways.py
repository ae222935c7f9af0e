"""One way through a survey, chosen by its answers: what somebody reads who answers so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from starlette.datastructures import QueryParams

from api.staff.branch_words import Say, branch_in_words, line_of
from api.staff.shell import Fault
from survey.domain.answers import Reason, from_cell
from survey.domain.branches import deciding
from survey.domain.expressions import Value
from survey.domain.form import Form
from survey.domain.language import N_
from survey.domain.path import Walk, checked, known_before, progress, walk
from survey.domain.questionnaire import Question, QuestionType
from survey.domain.showing import options
from survey.errors import AnswerRejected
from survey.locales import translations

CHOSEN: Final = "way"
"""In the address: that a way was chosen, even by no answer at all."""

_PREFIX: Final = "if-"
_LONGEST: Final = 200
_LISTED: Final = frozenset({QuestionType.SELECT_ONE, QuestionType.SCALE})


@dataclass(frozen=True, slots=True)
class Field:
    """One question that decides others, on the form. `options` are (value, text, depth)."""

    name: str
    label: str
    hint: str
    options: tuple[tuple[str, str, int], ...]
    several: bool
    given: str


@dataclass(frozen=True, slots=True)
class Ways:
    """The form, and the way that was chosen by it; None where all questions are to be shown."""

    fields: tuple[Field, ...]
    chosen: Walk | None
    faults: tuple[Fault, ...]
    kept: tuple[tuple[str, str], ...]
    numbers: Mapping[str, tuple[int, int | None]]

    @property
    def questions(self) -> Sequence[Question]:
        """Of the way that was chosen."""
        return self.chosen.questions if self.chosen else ()


def ways_of(
    form: Form,
    asked: QueryParams,
    *,
    words: str,
    language: str,
    organisation: str,
    today: date,
) -> Ways:
    """What the address asks to see.

    Args:
        words: the language of the survey's texts.
        language: of the page.
    """
    say = translations(language).gettext
    questions = deciding(form)
    is_chosen = bool(questions) and CHOSEN in asked
    given = {each.name: _given(each, asked) if is_chosen else "" for each in questions}
    answers: dict[str, Value] = {}
    faults: dict[str, Fault] = {}
    for question in questions:
        try:
            answers[question.name] = from_cell(question, given[question.name])
        except AnswerRejected:
            faults[question.name] = _fault(question, say, Reason.NOT_A_CHOICE)
    if is_chosen:
        faults = {**_not_taken(form, answers, today, say), **faults}
    walked = walk(form, answers, today) if is_chosen and not faults else None
    return Ways(
        fields=tuple(
            Field(
                name=f"{_PREFIX}{each.name}",
                label=line_of(form, each.name, language=words, organisation=organisation),
                hint=branch_in_words(form, each.name, language=language, organisation=organisation),
                options=_options(each, form, words, say),
                several=each.type is QuestionType.SELECT_MULTIPLE,
                given=given[each.name].replace("|", "\n"),
            )
            for each in questions
        ),
        chosen=walked,
        faults=tuple(faults[each.name] for each in questions if each.name in faults),
        kept=_kept(questions, asked) if is_chosen else (),
        numbers=_numbers(form, walked, answers, today) if walked else {},
    )


def _given(question: Question, asked: QueryParams) -> str:
    """As a cell of a file would have it: of several, all that are ticked."""
    values = asked.getlist(f"{_PREFIX}{question.name}")
    if question.type is QuestionType.SELECT_MULTIPLE:
        return "|".join(values)
    return (values[-1] if values else "").strip()[:_LONGEST]


def _not_taken(form: Form, answers: Mapping[str, Value], today: date, say: Say) -> dict[str, Fault]:
    """Answers with which nobody would get past their question."""
    faults: dict[str, Fault] = {}
    for question in walk(form, answers, today).questions:
        if question.name in answers:
            known = known_before(form, answers, today, question.name)
            try:
                checked(form.items[question.name], answers[question.name], known, today)
            except AnswerRejected as rejected:
                faults[question.name] = _fault(question, say, Reason(rejected.reason))
    return faults


def _fault(question: Question, say: Say, reason: Reason) -> Fault:
    words = (
        N_("Choose an answer: nobody can leave this question out")
        if reason is Reason.REQUIRED
        else N_("Give an answer that this question takes")
    )
    return Fault(f"{_PREFIX}{question.name}", say(words))


def _options(
    question: Question, form: Form, words: str, say: Say
) -> tuple[tuple[str, str, int], ...]:
    offered = tuple(
        (option.name, option.label, 0) for option in options(question, words, form.questionnaire)
    )
    if question.type not in _LISTED:
        return offered
    nothing = N_("Choose an answer") if question.required else N_("Not answered")
    return (("", say(nothing), 0), *offered)


def _kept(questions: Sequence[Question], asked: QueryParams) -> tuple[tuple[str, str], ...]:
    """What an address must have to show the same way."""
    names = {f"{_PREFIX}{question.name}" for question in questions}
    return ((CHOSEN, "1"), *((k, v[:_LONGEST]) for k, v in asked.multi_items() if k in names and v))


def _numbers(
    form: Form, walked: Walk, answers: Mapping[str, Value], today: date
) -> dict[str, tuple[int, int | None]]:
    """(number, total) of each question of a way, as they are when one comes to it."""
    numbers: dict[str, tuple[int, int | None]] = {}
    before: dict[str, Value] = {}
    for question in walked.questions:
        numbers[question.name] = progress(form, walk(form, before, today), before, question)
        before[question.name] = answers.get(question.name)
    return numbers
