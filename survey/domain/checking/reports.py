"""Whether a questionnaire whose answers become a case asks what a case is made of."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from survey.domain.cases import CaseKind, Effect
from survey.domain.findings import Finding, quoted
from survey.domain.questionnaire import Privacy, Question, Questionnaire, QuestionType
from survey.domain.reporting import EFFECT, HAPPENED, KIND, SERVICE
from survey.domain.suggest import did_you_mean

_NEEDED: Final[Mapping[str, str]] = {
    SERVICE: "a required select_one with choices: services",
    HAPPENED: "a required text",
    KIND: f"a select_one of {', '.join(CaseKind)}",
    EFFECT: f"a select_one of {', '.join(Effect)}",
}


def report_findings(expanded: Questionnaire, services: Collection[str]) -> Iterator[Finding]:
    """What keeps answers from becoming a case, and files from being asked for elsewhere."""
    if not expanded.becomes_case:
        for question in expanded.questions:
            if question.type is QuestionType.FILE:
                message = "files are taken where answers become a case only: add becomes: case"
                yield Finding(question.name, ("type",), "no_case", message)
        return
    if expanded.privacy is not Privacy.ATTRIBUTED:
        message = "somebody answers a case, so that it is attributed: set privacy to attributed"
        yield Finding("", ("privacy",), "case_privacy", message)
    if expanded.service_question is not None:
        message = "a case is counted by no question: remove service_question"
        yield Finding("", ("service_question",), "case_measures", message)
    yield from _asked(expanded, services)
    for question in expanded.questions:
        if question.measures:
            message = "a case feeds no measures: remove them"
            yield Finding(question.name, ("measures",), "case_measures", message)
    files = [each.name for each in expanded.questions if each.type is QuestionType.FILE]
    for name in files[1:]:
        message = f"{files[0]} takes the files of a report already: remove one of the two"
        yield Finding(name, ("type",), "files_twice", message)


def contact_findings(expanded: Questionnaire) -> Iterator[Finding]:
    """What keeps a low answer from opening a case."""
    contact = expanded.contact
    if contact is None:
        return
    there = {question.name: question for question in expanded.questions}
    if expanded.privacy is Privacy.ANONYMOUS or expanded.becomes_case:
        message = "nobody can be contacted, or it is a case already: remove contact"
        yield Finding("", ("contact",), "contact_nobody", message)
    for name in dict.fromkeys((*contact.low, contact.agreed, *contact.passes_on)):
        if name not in there:
            message = f"{quoted(name)} is not a question{did_you_mean(name, there)}"
            yield Finding("", ("contact",), "unknown_name", message)
    for name in contact.low:
        low = there.get(name)
        if low is None:
            continue
        if low.type is not QuestionType.SCALE:
            yield Finding("", ("contact",), "contact_low", f"{quoted(name)} must be a scale")
        elif low.service is None and expanded.service_question is None:
            message = f"{quoted(name)} rates no service, so that nobody would get the case"
            yield Finding("", ("contact",), "contact_service", message)
    agreed = there.get(contact.agreed)
    if agreed is not None and "yes" not in {choice.name for choice in agreed.closed_choices}:
        message = f"{quoted(contact.agreed)} needs the choice yes, for who agrees"
        yield Finding("", ("contact",), "contact_agreed", message)


def _asked(expanded: Questionnaire, services: Collection[str]) -> Iterator[Finding]:
    """Of the questions that a case is made of, those that cannot be what they have to be."""
    there = {question.name: question for question in expanded.questions}
    fits: Mapping[str, Callable[[Question], bool]] = {
        SERVICE: lambda asked: asked.required and _is_one_of(asked, services),
        HAPPENED: lambda asked: asked.required and asked.type is QuestionType.TEXT,
        KIND: lambda asked: _is_one_of(asked, tuple(CaseKind)),
        EFFECT: lambda asked: _is_one_of(asked, tuple(Effect)),
    }
    for name, fit in fits.items():
        question = there.get(name)
        if question is None:
            if name in (SERVICE, HAPPENED):
                message = f"a case needs the question {name}, {_NEEDED[name]}: add it"
                yield Finding("", ("questions",), "case_question", message)
        elif not fit(question) or (question.required and question.relevant is not None):
            message = f"in a case, {name} must be {_NEEDED[name]}, asked of everybody"
            yield Finding(name, ("type",), "case_question", message)


def _is_one_of(asked: Question, names: Collection[str]) -> bool:
    chosen = {choice.name for choice in asked.closed_choices}
    return asked.type is QuestionType.SELECT_ONE and chosen <= set(names)
