"""Everything that is wrong with a questionnaire, each fault with its place and what to do.

`survey.domain.loading` finds what is wrong with the form of a file; here is what is wrong with its
meaning. Texts and shapes are judged as written, so that each fault is said once and at its line;
names, measures and paths are judged as expanded, because that is what people answer.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from survey.domain.checking.bindings import (
    engagement_findings,
    measure_findings,
    privacy_findings,
    service_findings,
    service_question_findings,
)
from survey.domain.checking.logic import compiled, logic_findings, piping_findings
from survey.domain.checking.reach import reach_findings
from survey.domain.checking.reports import contact_findings, report_findings
from survey.domain.checking.shape import shape_findings
from survey.domain.checking.texts import text_findings
from survey.domain.expansion import Expansion, unfold
from survey.domain.findings import Finding, quoted
from survey.domain.loading import Loaded, read_what_can_be
from survey.domain.questionnaire import MOST_QUESTIONS, Questionnaire
from survey.domain.records import Service
from survey.errors import Fault

__all__ = ["check", "check_file"]


def check_file(
    text: str | bytes,
    *,
    name: str,
    services: Sequence[Service],
    blocks: Mapping[str, Questionnaire],
) -> list[Fault]:
    """Every fault of a questionnaire file, in the order of its lines; never raises.

    Args: as `check`; `name` is what to call the file.
    """
    loaded, faults = read_what_can_be(text, name=name)
    if loaded is not None:
        faults = faults + check(loaded, services=services, blocks=blocks)
    return sorted(faults, key=_line)


def check(
    subject: Loaded | Questionnaire,
    *,
    services: Sequence[Service],
    blocks: Mapping[str, Questionnaire],
) -> list[Fault]:
    """Every fault in the meaning of a questionnaire, written or expanded, by line.

    Args:
        subject: one read from a file gives faults with lines, one without gives its key.
        services: those of this installation.
        blocks: what `append` may name.
    """
    if isinstance(subject, Questionnaire):
        positions = tuple(range(len(subject.questions)))
        subject = Loaded(subject.key, subject, {}, positions)
    written = subject.questionnaire
    expansion = unfold(written, services=services, blocks=blocks)
    findings = [
        *shape_findings(written),
        *text_findings(written),
        *_names_written_twice(written),
        *_names_made_twice(written, expansion),
        *expansion.findings,
        *(_as_written(found, expansion) for found in _meaning(subject, expansion, services)),
    ]
    faults = dict.fromkeys(subject.fault(found) for found in findings)
    return sorted(faults, key=_line)


def _meaning(
    loaded: Loaded, expansion: Expansion, services: Sequence[Service]
) -> Iterator[Finding]:
    """What is wrong once everything is looked up."""
    expanded = expansion.questionnaire
    if len(expanded.questions) > MOST_QUESTIONS:
        message = (
            f"it comes to {len(expanded.questions)} questions with those repeated and appended, "
            f"and {MOST_QUESTIONS} is the most"
        )
        yield Finding("", ("questions",), "too_many", message)
    logic, unreadable = compiled(expanded, loaded.unjudged)
    yield from unreadable
    faulty = list(logic_findings(logic))
    yield from faulty
    yield from piping_findings(logic)
    yield from reach_findings(logic, faulty={(f.question, str(f.part[0])) for f in faulty})
    yield from measure_findings(expanded)
    if not loaded.unjudged:
        yield from engagement_findings(expanded)
    keys = [service.key for service in services]
    yield from service_findings(expanded, keys)
    if expanded.service_question is not None and expanded.service_question not in loaded.unjudged:
        yield from service_question_findings(expanded, expanded.service_question, keys)
    yield from privacy_findings(expanded)
    yield from report_findings(expanded, keys)
    yield from contact_findings(expanded)


def _as_written(found: Finding, expansion: Expansion) -> Finding:
    """A finding about a question that expansion made, at the line that it was made from."""
    origin = expansion.origins.get(found.question, found.question)
    if origin == found.question:
        return found
    part = found.part if origin else ("append",)
    message = f"its question {found.question}: {found.message}" if not origin else found.message
    return Finding(origin, part, found.code, message)


def _names_written_twice(written: Questionnaire) -> Iterator[Finding]:
    """Two questions of one name, said at the second of them."""
    seen: set[str] = set()
    for index, question in enumerate(written.questions):
        if question.name in seen:
            message = f"another question is named {quoted(question.name)} too: rename one"
            part = ("questions", index, "name")
            yield Finding(question.name, part, "repeated_name", message)
        seen.add(question.name)


def _names_made_twice(written: Questionnaire, expansion: Expansion) -> Iterator[Finding]:
    """A question that expansion made under a name that is taken, said where it was made from."""
    taken = [question.name for question in written.questions]
    times = Counter(question.name for question in expansion.questionnaire.questions)
    for name, made in times.items():
        if made > max(1, taken.count(name)):
            origin = expansion.origins.get(name, "")
            message = f"it makes a second question named {quoted(name)}: rename one of the two"
            part = ("name",) if origin else ("append",)
            yield Finding(origin, part, "repeated_name", message)


def _line(fault: Fault) -> int:
    line = fault.path[1] if len(fault.path) > 1 else ""
    return int(line) if line.isdigit() else 0
