"""What a problem report says: a case made of the answers of a questionnaire that becomes one.

The questions that a case is made of have fixed names; all others are kept with its first entry and
read by whoever works on it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from survey.domain.answers import shown, to_json
from survey.domain.case_records import Problem
from survey.domain.cases import CaseKind, Effect, EntryKind, Priority, Said, Side
from survey.domain.distress import noticed
from survey.domain.expressions import Value
from survey.domain.identifiers import found
from survey.domain.questionnaire import Contact, Questionnaire, QuestionType

REPORT: Final = "problem-report"
"""The key of the shipped questionnaire behind /report and /problem."""

SERVICE: Final = "service"
SYSTEM: Final = "system"
"""Asked for each service that has systems, as `system_{service}`."""
KIND: Final = "kind"
EFFECT: Final = "effect"
HAPPENED: Final = "happened"
EMAIL: Final = "email"
"""Where somebody whom nobody knows wants to be answered."""

AGREED: Final = "yes"
"""The answer of who may be contacted."""

_PRIORITIES: Final[Mapping[Effect, Priority]] = {
    Effect.NONE: Priority.LOW,
    Effect.SLOWS: Priority.NORMAL,
    Effect.STUCK: Priority.HIGH,
    Effect.UNPAID: Priority.URGENT,
}


@dataclass(frozen=True, slots=True)
class Reported:
    """What the answers say of the case to be; `files` are ids as they were answered."""

    service: str
    kind: CaseKind
    effect: Effect
    priority: Priority
    restricted: bool
    system: str
    email: str | None
    files: tuple[UUID, ...]
    first: Said


@dataclass(frozen=True, slots=True)
class Begun:
    """What somebody has answered of a report that they have not sent."""

    questionnaire: Questionnaire
    version: int
    answers: Mapping[str, Value]


def reported(questionnaire: Questionnaire, version: int, answers: Mapping[str, Value]) -> Reported:
    """Read what was sent.

    Where personal data went astray, or the words give reason to think that somebody is in danger,
    it is urgent and for few: that is a rule, and no judgement of what was written.

    Args:
        questionnaire: one that becomes a case, expanded.
        answers: those on the path, checked.
    """
    kind = CaseKind(str(answers.get(KIND, CaseKind.OTHER)))
    effect = Effect(str(answers.get(EFFECT, Effect.SLOWS)))
    text = str(answers.get(HAPPENED, ""))
    words = [value for name, value in answers.items() if _is_text(questionnaire, name)]
    priority, for_few = sorted_first(kind, effect, map(str, words))
    files = tuple(
        UUID(each)
        for question in questionnaire.questions
        if question.type is QuestionType.FILE
        for each in _names(answers.get(question.name))
    )
    email = answers.get(EMAIL)
    return Reported(
        service=str(answers[SERVICE]),
        kind=kind,
        effect=effect,
        priority=priority,
        restricted=for_few,
        system=_system(questionnaire, answers),
        email=str(email).strip().casefold() if email else None,
        files=files,
        first=Said(
            kind=EntryKind.REPORTED,
            side=Side.REPORTER,
            text=text,
            data=_data(questionnaire, version, answers),
            files=files,
        ),
    )


def is_for_few(questionnaire: Questionnaire, answers: Mapping[str, Value]) -> bool:
    """Whether it is for few by what is answered so far."""
    kind = CaseKind(str(answers.get(KIND) or CaseKind.OTHER))
    texts = [str(value) for name, value in answers.items() if _is_text(questionnaire, name)]
    return sorted_first(kind, Effect.NONE, texts)[1]


def joining(problem: Problem, begun: Begun | None = None, files: tuple[UUID, ...] = ()) -> Reported:
    """What somebody reports who has a known problem too.

    Args:
        begun: the report that they were making: what they said by then is kept as theirs.
        files: those that came with it.
    """
    first = Said(kind=EntryKind.REPORTED, side=Side.REPORTER)
    said = Reported(
        service=problem.service,
        kind=CaseKind.BROKEN,
        effect=Effect.SLOWS,
        priority=Priority.NORMAL,
        restricted=False,
        system=problem.system,
        email=None,
        files=(),
        first=first,
    )
    if begun is not None:
        answers = {**begun.answers, SERVICE: problem.service}
        theirs = reported(begun.questionnaire, begun.version, answers)
        said = replace(
            theirs,
            kind=theirs.kind if KIND in answers else said.kind,
            system=said.system or theirs.system,
        )
    data = {**said.first.data, "joined": str(problem.id)}
    return replace(said, files=files, first=replace(said.first, data=data, files=files))


def sorted_first(kind: CaseKind, effect: Effect, texts: Iterable[str]) -> tuple[Priority, bool]:
    """How soon a report is worked before anybody has looked at it, and whether it is for few.

    Whoever tells it, and wherever: personal data that went astray and words of danger are urgent
    and for few.
    """
    for_few = kind is CaseKind.DATA_ASTRAY or any(map(noticed, texts))
    return Priority.URGENT if for_few else _PRIORITIES[effect], for_few


def wanting_contact(
    questionnaire: Questionnaire, language: str, answers: Mapping[str, Value]
) -> Mapping[str, str]:
    """The services that somebody is not satisfied with who agrees to be contacted, each with what
    they pass on: the answers to the questions named for it, in words.
    """
    contact = questionnaire.contact
    if contact is None or answers.get(contact.agreed) != AGREED:
        return {}
    rated = answers.get(questionnaire.service_question or "")
    wanted: dict[str, str] = {}
    for name in contact.low:
        score = answers.get(name)
        service = questionnaire.question(name).service or (str(rated) if rated else "")
        if service and isinstance(score, int) and score <= contact.at_most:
            wanted[service] = _passed_on(questionnaire, language, answers, contact, service)
    return wanted


def _passed_on(
    questionnaire: Questionnaire,
    language: str,
    answers: Mapping[str, Value],
    contact: Contact,
    service: str,
) -> str:
    lines = []
    for name in contact.passes_on:
        question = questionnaire.question(name)
        said = shown(question, answers.get(name), language, questionnaire)
        if said is not None and question.service in (None, service):
            line = questionnaire.speak(question.short_label or question.label, language)
            lines.append(f"{line}: {said}")
    return "\n".join(lines)


def _data(
    questionnaire: Questionnaire, version: int, answers: Mapping[str, Value]
) -> dict[str, Any]:
    """All that was answered besides the text and the files, and by which questions.

    Which identifiers the text has is said, so that staff know before they open it.
    """
    left_out = {HAPPENED, EMAIL} | {
        each.name for each in questionnaire.questions if each.type is QuestionType.FILE
    }
    kept = {name: to_json(each) for name, each in answers.items() if name not in left_out}
    there = found(str(answers.get(HAPPENED, "")))
    named = {"identifiers": sorted({each.identifier.value for each in there})} if there else {}
    return {"questionnaire": questionnaire.key, "version": version, "answers": kept, **named}


def _system(questionnaire: Questionnaire, answers: Mapping[str, Value]) -> str:
    """What the system is called, as it was when the question was published."""
    for question in questionnaire.questions:
        named = question.name == SYSTEM or question.name.startswith(f"{SYSTEM}_")
        if named and (answer := answers.get(question.name)) is not None:
            labels = {each.name: each.label for each in question.closed_choices}
            label = labels.get(str(answer))
            return (
                questionnaire.speak(label, questionnaire.default_language) if label else str(answer)
            )
    return ""


def _is_text(questionnaire: Questionnaire, name: str) -> bool:
    return any(
        each.name == name and each.type is QuestionType.TEXT for each in questionnaire.questions
    )


def _names(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
