"""Checking one whole response, against elementpath evaluating its conditions alone."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from random import Random
from time import perf_counter, process_time
from typing import Any, Final

from elementpath import XPathContext

from survey.domain.expressions import Value
from survey.domain.form import Form
from survey.domain.path import validate, walk
from survey.domain.questionnaire import Questionnaire
from tests.bench.options import Options
from tests.bench.rounds import Line, Sample, middle, ratio, visit
from tests.survey.domain.test_expressions_against_elementpath import (
    ROOT,
    OdkParser,
    for_elementpath,
)

TODAY: Final = date(2026, 5, 14)
ALWAYS: Final = tuple(f"q{number}" for number in range(1, 10))
CONDITIONS: Final[Mapping[str, str]] = {
    "q11": "${q1} <= 2",
    "q12": "${q2} >= 4 and ${q3} >= 4",
    "q13": "selected(${places}, 'north')",
    "q14": "selected(${places}, 'south') and ${q4} < 3",
    "q15": "${q5} = 1 or ${q6} = 1 or ${q7} = 1",
    "q16": "${q1} + ${q2} + ${q3} > 9",
    "q17": "not(${q8} = 3)",
    "q18": "count-selected(${places}) > 1",
    "q19": "${q9} != 5 and (${q1} > 2 or ${q2} > 2)",
    "q20": "${q5} * 2 <= ${q6} + ${q7}",
}
_PLACES: Final = ("north", "south", "east")


def measure(options: Options) -> Iterator[Line]:
    form = Form.compile(_questionnaire())
    people = list(_answered(form, 200 if options.small else 2_000))
    trees = [OdkParser().parse(_for_elementpath(source)) for source in CONDITIONS.values()]

    def by_elementpath(answers: Mapping[str, Value]) -> int:
        given = {name: for_elementpath(answers.get(name)) for name in (*ALWAYS, "places")}
        return sum(bool(tree.evaluate(XPathContext(ROOT, variables=given))) for tree in trees)

    def by_us(answers: Mapping[str, Value]) -> int:
        return len(validate(form, answers, TODAY))

    for answers in people:
        if by_us(answers) != len(ALWAYS) + 1 + by_elementpath(answers):
            raise RuntimeError(f"elementpath asks other questions after {answers}")
    samples = visit(
        {
            "validate": lambda: _over(people, by_us),
            "elementpath": lambda: _over(people, by_elementpath),
        },
        rounds=options.rounds,
        tell=options.tell,
    )
    ours, theirs = samples["validate"], samples["elementpath"]
    yield Line(
        "CPU to evaluate and validate one response (20 questions, 10 conditions)",
        "elementpath evaluating the 10 conditions, parsed before",
        ratio(ours, theirs, lambda each: each.cpu_each),
        f"{middle(ours, lambda each: each.cpu_each) * 1e6:.0f} µs against "
        f"{middle(theirs, lambda each: each.cpu_each) * 1e6:.0f} µs",
    )


def _questionnaire() -> Questionnaire:
    scale: dict[str, Any] = {"type": "scale", "start": 1, "end": 5, "required": True}
    places = {
        "name": "places",
        "type": "select_multiple",
        "choices": [{"name": name, "label": name.title()} for name in _PLACES],
    }
    questions = [
        *({"name": name, **scale} for name in ALWAYS),
        places,
        *(
            {"name": name, "relevant": source, "constraint": ". > 0", **scale}
            for name, source in CONDITIONS.items()
        ),
    ]
    content = {"key": "bench", "title": "Bench", "purpose": "To measure", "questions": questions}
    return Questionnaire.model_validate_json(json.dumps({**content, "privacy": "attributed"}))


def _answered(form: Form, count: int) -> Iterator[Mapping[str, Value]]:
    """Whole sets of answers: every question that is asked, and no other."""
    chance = Random("expressions")
    for _ in range(count):
        given: dict[str, Value] = {name: chance.randint(1, 5) for name in ALWAYS}
        given["places"] = tuple(sorted(chance.sample(_PLACES, chance.randint(1, 3))))
        for question in walk(form, given, TODAY).questions:
            given.setdefault(question.name, chance.randint(1, 5))
        yield given


def _for_elementpath(source: str) -> str:
    return source.replace("${", "$").replace("}", "")


def _over(
    people: Sequence[Mapping[str, Value]], work: Callable[[Mapping[str, Value]], int]
) -> Sample:
    begun, cpu = perf_counter(), process_time()
    for answers in people:
        work(answers)
    return Sample(len(people), perf_counter() - begun, process_time() - cpu)
