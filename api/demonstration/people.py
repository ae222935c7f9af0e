"""Who answers what: the invented responses of one questionnaire and month.

Each function draws from the chance it is given and from nothing else.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Final

from api.demonstration import borough, remarks, story
from api.demonstration.remarks import Remarks
from survey.domain.expressions import Value

_WELSH: Final = 0.12
_ABOUT_YOU: Final = 0.10
_PERSONAL_SPREAD: Final = 22.0
_ITEM_SPREAD: Final = 0.7
_GOLDEN: Final = 0.618034
_CONTACTS: Final = 4
_HANDLED: Final = 5
_ITEMS: Final = ("pride", "advocacy", "attachment", "inspiration", "motivation")
_ASKED_OF_STAFF: Final = (
    *("customer_services", "estates", "finance", "hr", "it", "payroll", "procurement"),
    "revenues_benefits",
)
_ASKED_OF_SCHOOLS: Final = ("payroll", "hr", "it", "finance", "estates", "pensions")
_ASKED_OF_MEMBERS: Final = ("it", "customer_services", "parking", "revenues_benefits")
_ASKED_OF_CUSTOMER_STAFF: Final = ("customer_services", "revenues_benefits", "parking", "it", "hr")
_RATED: Final = sorted(
    {*_ASKED_OF_STAFF, *_ASKED_OF_SCHOOLS, *_ASKED_OF_MEMBERS, *_ASKED_OF_CUSTOMER_STAFF}
)


@dataclass(frozen=True, slots=True)
class Given:
    """The answers of one invented person or body, not yet checked."""

    unit: str
    language: str
    answers: Mapping[str, Value]


Invent = Callable[[Random, int], Iterator[Given]]
"""The answers to one questionnaire in one month, counted from the first."""


def people_pulse(chance: Random, month: int) -> Iterator[Given]:
    """Staff, a third of them each month."""
    for unit, people in borough.STAFF.items():
        for _ in range(people):
            yield _pulse(chance, unit, month)


def service_satisfaction(chance: Random, month: int) -> Iterator[Given]:
    """Customers of the services: schools, departments, members; two services a unit and month."""
    groups = {unit.key: unit.parent or "" for unit in borough.units()}
    # Moods come evenly spread over the customers of a service: so few a month would otherwise
    # tell more of chance than of the story.
    moods = {service: chance.random() for service in _RATED}
    for unit, people in borough.customers().items():
        services = chance.sample(_asked_of(unit), k=2)
        for number in range(people):
            service = services[number % 2]
            moods[service] = (moods[service] + _GOLDEN) % 1
            pleased = moods[service] < story.satisfied(service, unit, groups[unit], month)
            yield _rating(chance, unit, service, pleased, month)


def school_service_check(chance: Random, month: int) -> Iterator[Given]:
    """Most schools answer once in each three months."""
    if month % 3 != 1:
        return
    for unit in borough.units():
        if unit.kind == "school" and chance.random() < 0.8:
            used = sorted({"payroll", "hr", *chance.sample(_ASKED_OF_SCHOOLS, k=3)})
            answers: dict[str, Value] = {"services_used": tuple(used)}
            for service in used:
                level = story.satisfied(service, unit.key, unit.parent or "", month)
                answers[f"satisfaction_{service}"] = _five(chance, level)
            language = _language(chance)
            _add_remark(chance, answers, "biggest_problem", 0.5, remarks.SCHOOL_PROBLEMS, language)
            answers["may_contact"] = _yes(chance, 0.7)
            yield Given(unit.key, language, answers)


def department_relationship(chance: Random, month: int) -> Iterator[Given]:
    """The contacts of each department that buys the services, once in each three months."""
    if month % 3 != 2:
        return
    level = story.confidence(month)
    departments = [unit for unit in borough.units() if unit.kind == "department"]
    for unit in departments:
        for _ in range(_CONTACTS):
            satisfied = _five(chance, level + 0.06)
            answers: dict[str, Value] = {
                "satisfaction": satisfied,
                "recommend": _recommend(chance, satisfied),
                "confidence": _five(chance, level),
                "communication": _five(chance, level + 0.1),
                "reports_useful": _five(chance, level - 0.1),
            }
            language = _language(chance)
            _add_remark(chance, answers, "comment", 0.6, remarks.DEPARTMENT_WISHES, language)
            yield Given(unit.key, language, answers)


def member_it(chance: Random, month: int) -> Iterator[Given]:
    """About half of the members answer once in each three months."""
    if month % 3 != 0:
        return
    for _ in range(borough.MEMBERS_IN_OFFICE):
        if chance.random() < 0.55:
            works = _yes(chance, story.members_mail_works(month))
            answers: dict[str, Value] = {
                "devices": tuple(sorted(chance.sample(("laptop", "phone", "tablet"), k=2))),
                "satisfaction": _five(chance, story.members_satisfied(month)),
                "email_works": works,
            }
            language = _language(chance)
            if works == "no":
                _add_remark(chance, answers, "problem", 0.8, remarks.MAIL_PROBLEMS, language)
            yield Given(borough.MEMBERS, language, answers)


def before_a_change(chance: Random, month: int) -> Iterator[Given]:
    """Schools and departments, around the two changes."""
    if month not in story.CHANGES:
        return
    level = story.ready(month)
    for unit in borough.units():
        if unit.kind in ("school", "department"):
            for _ in range(2):
                yield readiness(chance, unit.key, level)


def problem_handling(chance: Random, month: int) -> Iterator[Given]:
    """Whoever reported a problem that was fixed: a few a month for each service."""
    schools = [unit.key for unit in borough.units() if unit.kind == "school"]
    for service in _ASKED_OF_SCHOOLS:
        for _ in range(_HANDLED):
            level = story.satisfied(service, "", "", month)
            answers: dict[str, Value] = {"service": service, "handling": _five(chance, level)}
            yield Given(chance.choice(schools), _language(chance), answers)


def readiness(chance: Random, unit: str, level: float) -> Given:
    """One person's answers to `before-a-change`, where this share is ready for it."""
    answers: dict[str, Value] = {
        "told": _five(chance, level + 0.15),
        "tested": _five(chance, level - 0.12),
        "fits_needs": _five(chance, level - 0.05),
        "ready": _five(chance, level),
    }
    language = _language(chance)
    _add_remark(chance, answers, "worry", 0.4, remarks.WORRIES, language)
    return Given(unit, language, answers | _about_you(chance))


INVENTORS: Final[Mapping[str, Invent]] = MappingProxyType(
    {
        "people-pulse": people_pulse,
        "service-satisfaction": service_satisfaction,
        "school-service-check": school_service_check,
        "department-relationship": department_relationship,
        "member-it": member_it,
        "before-a-change": before_a_change,
        "problem-handling": problem_handling,
    }
)


def _pulse(chance: Random, unit: str, month: int) -> Given:
    person = chance.gauss(story.engagement(unit, month), _PERSONAL_SPREAD) / 25 + 1
    answers: dict[str, Value] = {
        item: _nearest(chance.gauss(person, _ITEM_SPREAD), 1, 5)
        for item in _ITEMS
        if chance.random() < 0.99
    }
    answers["leadership"] = _nearest(chance.gauss(person - 0.4, 0.9), 1, 5)
    answers["workload"] = _five(chance, story.workload_acceptable(unit))
    language = _language(chance)
    _add_remark(chance, answers, "comment", 0.25, remarks.BETTER_WORK, language)
    return Given(unit, language, answers | _about_you(chance))


def _rating(chance: Random, unit: str, service: str, pleased: bool, month: int) -> Given:
    satisfaction = _five(chance, float(pleased))
    # Who is satisfied tends to have found it easy, and the other way round.
    lean = 0.12 if pleased else -0.14
    easy = chance.random() < story.easy(service, month) + lean
    answers: dict[str, Value] = {"service": service, "satisfaction": satisfaction}
    answers["ease"] = chance.choice((5, 5, 6, 6, 7) if easy else (1, 2, 3, 3, 4, 4))
    if chance.random() < 0.95:
        answers["resolved_first_time"] = _yes(chance, story.resolved(service, month) + lean)
    if chance.random() < 0.9:
        answers["recommend"] = _recommend(chance, satisfaction)
    language = _language(chance)
    if satisfaction <= 2:
        said = remarks.UNHAPPY.get(service, remarks.UNHAPPY_WITH_ANY)
        _add_remark(chance, answers, "why", 0.6, said, language)
    elif satisfaction >= 4:
        _add_remark(chance, answers, "comment", 0.12, remarks.HAPPY, language)
    return Given(unit, language, answers | _about_you(chance))


def _asked_of(unit: str) -> Sequence[str]:
    if unit == borough.MEMBERS:
        return _ASKED_OF_MEMBERS
    if unit.startswith("customers"):
        return _ASKED_OF_CUSTOMER_STAFF
    return _ASKED_OF_STAFF if unit in borough.STAFF else _ASKED_OF_SCHOOLS


def _about_you(chance: Random) -> dict[str, Value]:
    """The equality questions, which few answer whole."""
    if chance.random() >= _ABOUT_YOU:
        return {"about_you": "no"}
    condition = chance.choices(("no", "yes", "prefer_not_to_say"), (72, 20, 8))[0]
    answers: dict[str, Value] = {
        "about_you": "yes",
        "age": chance.choices(
            ("16-24", "25-34", "35-44", "45-54", "55-64", "65-over"), (6, 20, 25, 27, 19, 3)
        )[0],
        "sex": chance.choices(("female", "male", "prefer_not_to_say"), (66, 30, 4))[0],
        "health_condition": condition,
    }
    if condition == "yes":
        answers["daily_activities"] = chance.choice(("a_lot", "a_little", "not_at_all"))
    return answers


def _five(chance: Random, favourable: float) -> int:
    """An answer 1 to 5, of which this share is 4 or 5."""
    if chance.random() < favourable:
        return chance.choices((4, 5), (62, 38))[0]
    return chance.choices((1, 2, 3), (18, 36, 46))[0]


def _recommend(chance: Random, satisfaction: int) -> int:
    return _nearest(chance.gauss(1.2 + 1.6 * satisfaction, 1.5), 0, 10)


def _yes(chance: Random, share: float) -> str:
    return "yes" if chance.random() < share else "no"


def _nearest(value: float, lowest: int, highest: int) -> int:
    return min(highest, max(lowest, round(value)))


def _language(chance: Random) -> str:
    return "cy" if chance.random() < _WELSH else "en"


def _add_remark(
    chance: Random,
    answers: dict[str, Value],
    question: str,
    share: float,
    said: Remarks,
    language: str,
) -> None:
    """Let some write a comment, in the language that they answer in."""
    if chance.random() < share:
        answers[question] = chance.choice(said[language])
