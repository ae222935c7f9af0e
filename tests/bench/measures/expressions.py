"""Checking one whole response, against SurveyJS doing the same and elementpath its conditions."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from random import Random
from time import perf_counter, process_time
from typing import Any, Final

from elementpath import XPathContext

from survey.domain.expressions import Value
from survey.domain.form import Form
from survey.domain.path import validate, walk
from survey.domain.questionnaire import Questionnaire
from tests.bench.environments import ROOT as REPOSITORY
from tests.bench.environments import node, node_modules_of
from tests.bench.options import Options
from tests.bench.processes import Commanded, commanded_program
from tests.bench.rounds import Goal, Line, Sample, middle, ratio, short, visit
from tests.survey.domain.test_expressions_against_elementpath import (
    ROOT,
    OdkParser,
    for_elementpath,
)

SURVEYJS: Final = REPOSITORY / "tests" / "bench" / "surveyjs"
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
SURVEYJS_CONDITIONS: Final[Mapping[str, str]] = {
    "q11": "{q1} <= 2",
    "q12": "{q2} >= 4 and {q3} >= 4",
    "q13": "{places} contains 'north'",
    "q14": "{places} contains 'south' and {q4} < 3",
    "q15": "{q5} = 1 or {q6} = 1 or {q7} = 1",
    "q16": "{q1} + {q2} + {q3} > 9",
    "q17": "!({q8} = 3)",
    "q18": "{places.length} > 1",
    "q19": "{q9} != 5 and ({q1} > 2 or {q2} > 2)",
    "q20": "{q5} * 2 <= {q6} + {q7}",
}
"""The same ten in SurveyJS's own language."""

_PLACES: Final = ("north", "south", "east")


def measure(options: Options) -> Iterator[Line]:
    form = Form.compile(_questionnaire())
    people = list(_answered(form, 200 if options.small else 2_000))
    fewer = people[: 40 if options.small else 200]
    trees = [OdkParser().parse(_for_elementpath(source)) for source in CONDITIONS.values()]

    def by_elementpath(answers: Mapping[str, Value]) -> int:
        given = {name: for_elementpath(answers.get(name)) for name in (*ALWAYS, "places")}
        return sum(bool(tree.evaluate(XPathContext(ROOT, variables=given))) for tree in trees)

    def by_us(answers: Mapping[str, Value]) -> int:
        return len(validate(form, answers, TODAY))

    for answers in people:
        if by_us(answers) != len(ALWAYS) + 1 + by_elementpath(answers):
            raise RuntimeError(f"elementpath asks other questions after {answers}")
    visible = sum(map(by_us, fewer))
    with _surveyjs(fewer, options) as surveyjs:
        samples = visit(
            {
                "validate": lambda: _over(people, by_us),
                "elementpath": lambda: _over(people, by_elementpath),
                "SurveyJS": lambda: _by_surveyjs(surveyjs, visible),
            },
            rounds=options.rounds,
            tell=options.tell,
        )
    version = f"`survey-core` {surveyjs.first['version']} on Node {surveyjs.first['node']}"
    against = {
        "SurveyJS": (
            f"SurveyJS, {version}: a new Model, its data set, validate",
            Goal(0.001, True),
        ),
        "elementpath": ("elementpath evaluating the 10 conditions, parsed before", None),
    }
    for name, (words, goal) in against.items():
        yield Line(
            f"{'P6 ' if goal else ''}CPU to evaluate and validate one response "
            "(20 questions, 10 conditions)",
            words,
            ratio(samples["validate"], samples[name], lambda each: each.cpu_each),
            f"{_micro(samples['validate'])} against {_micro(samples[name])}",
            goal,
        )


def _micro(samples: list[Sample]) -> str:
    return f"{short(middle(samples, lambda each: each.cpu_each) * 1e6)} µs"


@contextmanager
def _surveyjs(people: Sequence[Mapping[str, Value]], options: Options) -> Iterator[Commanded]:
    """SurveyJS with the same questions and the same answers, waiting to run over all of them."""
    given = options.folder / "surveyjs.json"
    given.write_text(json.dumps({"survey": _for_surveyjs(), "people": people}))
    script = SURVEYJS / "evaluate.mjs"
    folder = node_modules_of(SURVEYJS)
    with commanded_program(node(), str(script), str(given), folder=folder) as running:
        yield running


def _by_surveyjs(surveyjs: Commanded, visible: int) -> Sample:
    """Raises: RuntimeError, where it asks other questions than we do or refuses an answer."""
    found = surveyjs.does("run")
    if found["visible"] != visible or found["invalid"]:
        raise RuntimeError(f"SurveyJS sees {found} where we see {visible} questions, all valid")
    return Sample(found["units"], found["seconds"], found["cpu"])


def _for_surveyjs() -> dict[str, Any]:
    """The same questions: required, on a scale, the last ten with a condition and a constraint."""

    def scale(name: str, *more: dict[str, Any]) -> dict[str, Any]:
        validators = [{"type": "numeric", "minValue": 1, "maxValue": 5}, *more]
        element = {"type": "text", "inputType": "number", "name": name, "isRequired": True}
        return {**element, "validators": validators}

    places = {"type": "checkbox", "name": "places", "choices": list(_PLACES)}
    conditional = [
        {
            **scale(name, {"type": "expression", "expression": f"{{{name}}} > 0"}),
            "visibleIf": source,
        }
        for name, source in SURVEYJS_CONDITIONS.items()
    ]
    return {"elements": [*map(scale, ALWAYS), places, *conditional]}


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
