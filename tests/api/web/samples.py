"""Every page and state of the web form, by name: what the tests of pages go through."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from api.web.context import Site, Survey, Visit
from api.web.pages import Pages
from api.web.troubles import Trouble
from survey.domain.questionnaire import Privacy, QuestionType
from survey.domain.turns import (
    NoticeTurn,
    Option,
    OverTurn,
    Phase,
    Problem,
    QuestionTurn,
    ReviewLine,
    ReviewTurn,
    Turn,
    UnitCandidate,
    UnitTurn,
)

SITE = Site(organisation="Barnet Council", demo=True)
VISIT = Visit(language="en", languages=("en", "cy"), path="/s/people-pulse", csrf="token")
SURVEY = Survey(
    title="Staff pulse",
    privacy=Privacy.CONFIDENTIAL,
    revision=4,
    closed_on=date(2026, 12, 11),
)

AGREEMENT = tuple(
    Option(name=str(point), label=label, button=label)
    for point, label in (
        (5, "Strongly agree"),
        (4, "Agree"),
        (3, "Neither agree nor disagree"),
        (2, "Disagree"),
        (1, "Strongly disagree"),
    )
)
SERVICES = (
    Option("hr", "Human resources", "HR"),
    Option("payroll", "Payroll", "Payroll"),
    Option("it", "Information technology", "IT"),
    Option("none", "None of these", "None of these", exclusive=True),
)
HOSTILE = '<script>alert("x")</script> </textarea><b>&amp;</b> \u202eright to left'


def question(name: str, type_: QuestionType, label: str, **changes: object) -> QuestionTurn:
    """A question turn with the fields that a test does not care about."""
    turn = QuestionTurn(
        name=name,
        type=type_,
        label=label,
        hint="",
        required=False,
        options=(),
        number=2,
        total=7,
    )
    return replace(turn, **changes)  # type: ignore[arg-type]


NOTICE = NoticeTurn(
    title="Staff pulse",
    asked_by="People team, Barnet Council",
    purpose="To see where working here gets better or worse.",
    minutes=2,
    questions=7,
    privacy="confidential",
    licence="Questions from the Civil Service People Survey, Open Government Licence v3.0.",
    languages=("en", "cy"),
)
PRIDE = question(
    "pride",
    QuestionType.SCALE,
    "I am proud when I tell others I am part of Barnet Council",
    options=AGREEMENT,
    required_message="Select how far you agree",
)
RECOMMEND = question(
    "recommend",
    QuestionType.SCALE,
    "How likely are you to recommend this service?",
    options=tuple(Option(str(point), str(point), str(point)) for point in range(11)),
    labelled_ends=("Not at all likely", "Extremely likely"),
)
USED = question(
    "services_used",
    QuestionType.SELECT_MULTIPLE,
    "Which services did your school use this term?",
    options=SERVICES,
    required=True,
)
AGE = question(
    "age",
    QuestionType.SELECT_ONE,
    "What is your age group?",
    options=(
        Option("under_25", "Under 25", "Under 25"),
        Option("25_or_over", "25 or over", "25 or over"),
        Option("prefer_not_to_say", "Prefer not to say", "Prefer not to say"),
    ),
    part="equality",
    total=None,
)
COMMENT = question(
    "comment",
    QuestionType.TEXT,
    "Is there one thing that would make your work better?",
    hint="Please do not name people.",
    long=True,
    max_length=2000,
)
SHORT = question("problem", QuestionType.TEXT, "What does not work?", required=True)
DAYS = question("days", QuestionType.INTEGER, "How many days did it take?", required=True)
HOURS = question("hours", QuestionType.DECIMAL, "How many hours were lost?")
WHEN = question("when", QuestionType.DATE, "When did it first happen?", required=True)
NOTE = question(
    "about", QuestionType.NOTE, "The next questions are about you", hint="All are optional."
)
OFFERED = (
    UnitCandidate("oakfield", "Oakfield Primary School", "Schools › North"),
    UnitCandidate("oakhill", "Oak Hill School", "Schools › South"),
)
REVIEW = ReviewTurn(
    lines=(
        ReviewLine("pride", "Proud to work here", "Agree"),
        ReviewLine("advocacy", "Would recommend working here", None),
        ReviewLine("comment", "One thing", "The rota changes too late.\nPlease tell us in time."),
    ),
    unit="Oakfield Primary School",
    unit_can_change=True,
    revision=9,
)

TURNS: Mapping[str, Turn] = {
    "notice": NOTICE,
    "notice-branching": replace(NOTICE, appended=9, branching=True),
    "unit": UnitTurn(),
    "unit-nothing-found": UnitTurn(typed="oakfeild", problem=Problem("no_unit", typed="oakfeild")),
    "unit-candidates": UnitTurn(candidates=OFFERED, typed="oak"),
    "unit-error": UnitTurn(typed="", problem=Problem("no_unit", typed="")),
    "unit-come-back-to": UnitTurn(candidates=OFFERED[:1]),
    "unit-refused": UnitTurn(OFFERED, typed="oak", problem=Problem("not_a_choice")),
    "scale": PRIDE,
    "scale-given": replace(PRIDE, given=4),
    "scale-error": replace(PRIDE, problem=Problem("required")),
    "scale-ends": RECOMMEND,
    "scale-ends-given": replace(RECOMMEND, given=7),
    "scale-ends-error": replace(RECOMMEND, required=True, problem=Problem("required")),
    "select-one": AGE,
    "select-multiple": USED,
    "select-multiple-ticked": replace(USED, ticked=("hr", "it")),
    "select-multiple-error": replace(USED, problem=Problem("exclusive", limit="none")),
    "text-long": COMMENT,
    "text-long-error": replace(
        COMMENT, problem=Problem("too_long", limit="2000", typed="x" * 2001)
    ),
    "text-short": SHORT,
    "text-short-error": replace(SHORT, problem=Problem("required", typed="  ")),
    "integer": DAYS,
    "integer-error": replace(DAYS, problem=Problem("not_whole", typed="2.5")),
    "decimal": HOURS,
    "date": WHEN,
    "date-given": replace(WHEN, given=date(2026, 3, 7)),
    "date-error": replace(WHEN, problem=Problem("not_a_date")),
    "note": NOTE,
    "review": REVIEW,
    "review-error": replace(REVIEW, problem=Problem("too_many_steps")),
    "sent": OverTurn(Phase.SENT),
    "declined": OverTurn(Phase.DECLINED),
    "cancelled": OverTurn(Phase.CANCELLED),
    "hostile-question": replace(PRIDE, label=HOSTILE, hint=HOSTILE),
    "hostile-text": replace(COMMENT, label="Anything else?", given=HOSTILE),
    "hostile-unit": UnitTurn(typed=HOSTILE, problem=Problem("no_unit", typed=HOSTILE)),
    "hostile-review": ReviewTurn(
        lines=(ReviewLine("comment", HOSTILE, HOSTILE + "w" * 2000),),
        unit=HOSTILE,
        unit_can_change=False,
        revision=9,
    ),
}


def all_pages(pages: Pages, visit: Visit = VISIT) -> Mapping[str, Callable[[], str]]:
    """How to render each page and state, by a name that is fit for a file."""
    samples: dict[str, Callable[[], str]] = {
        name: (lambda turn=turn: pages.turn(turn, survey=SURVEY, visit=visit))  # type: ignore[misc]
        for name, turn in TURNS.items()
    }
    resumed = replace(SURVEY, resumed=True, unreviewed=True)
    attributed = replace(SURVEY, privacy=Privacy.ATTRIBUTED)
    samples["resumed"] = lambda: pages.turn(PRIDE, survey=resumed, visit=visit)
    samples["token-refused"] = lambda: pages.turn(
        COMMENT,
        survey=SURVEY,
        visit=visit,
        typed={"answer": ("kept as typed",)},
        problem=Problem("form_token"),
    )
    samples["done"] = lambda: pages.done(reference="K7M-4QX", survey=SURVEY, visit=visit)
    samples["done-attributed"] = lambda: pages.done(
        reference="K7M-4QX", survey=attributed, visit=visit
    )
    samples["closed"] = lambda: pages.closed(survey=SURVEY, visit=visit)
    for trouble in Trouble:
        samples[f"trouble-{trouble}"] = lambda trouble=trouble: pages.trouble(  # type: ignore[misc]
            trouble, visit=replace(visit, csrf=""), kept=("What I typed",)
        )
    return samples
