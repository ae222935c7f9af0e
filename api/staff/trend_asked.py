"""What the address of the trends page asks for, read with kindness."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from analytics.publication import bound_questions
from analytics.trends import Comparable
from survey.domain.measures import MEASURES, Measure
from survey.domain.records import Period
from survey.errors import BadQuery
from survey.locales import SPOKEN
from survey.services.catalogue import Listed
from survey.wiring import Application

PATH: Final = "/staff/trends"
_FIRST_MEASURE: Final = "satisfaction"
_FIRST_QUESTIONNAIRE: Final = "service-satisfaction"

Carriers = Mapping[Measure, Mapping[str, Listed]]
"""For each measure that is asked for, the questionnaires that ask for it, by key."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; '' stands for all units, all services, the browser's language.

    `campaign` is whose waves are compared, where it is by wave.
    """

    measure: Measure
    questionnaire: str
    unit: str
    service: str
    by: Period
    language: str = ""
    campaign: str = ""

    def address(self, path: str = PATH, **other: str) -> str:
        """The address of the page (or chart) with some of it replaced or added."""
        named = {
            "measure": self.measure.key,
            "questionnaire": self.questionnaire,
            "unit": self.unit,
            "service": self.service,
            "by": self.by.value,
            "campaign": self.campaign,
            "language": self.language,
        }
        return (
            f"{path}?{urlencode({key: value for key, value in (named | other).items() if value})}"
        )


async def carriers_of(app: Application) -> Carriers:
    """For each measure that is asked for, the questionnaires that ask for it."""
    found: dict[Measure, dict[str, Listed]] = {}
    for listed in await app.catalogue.all():
        for measure in bound_questions([listed.published.questionnaire]):
            found.setdefault(measure, {})[listed.row.key] = listed
    return {measure: found[measure] for measure in MEASURES.values() if measure in found}


def asked_by(query: Mapping[str, str], carriers: Carriers) -> tuple[Asked, bool]:
    """Read the address. Raises: BadQuery.

    The form sends measure and questionnaire independently of each other. Where the questionnaire
    does not ask for the measure, one that does takes its place, and the second part is True.
    """
    measure = _measure(query.get("measure", ""), carriers)
    wanted = query.get("questionnaire", "")
    if wanted and not any(wanted in group for group in carriers.values()):
        raise BadQuery("questionnaire", "there is no such questionnaire with a measure")
    carried = wanted in carriers[measure]
    by = query.get("by") or Period.QUARTER
    if by not in set(Period):
        raise BadQuery("by", f"it is one of: {', '.join(Period)}")
    language = query.get("language", "")
    asked = Asked(
        measure=measure,
        questionnaire=wanted if carried else _usual(carriers[measure], _FIRST_QUESTIONNAIRE),
        unit=query.get("unit", ""),
        service=query.get("service", ""),
        by=Period(by),
        language=language if language in SPOKEN else "",
        campaign=query.get("campaign", "") if by == Period.WAVE else "",
    )
    return asked, bool(wanted) and not carried


def of_a_campaign(asked: Asked, campaigns: Sequence[Comparable]) -> Asked:
    """By wave, of a campaign that there is: the newest where none of these is named.

    The form sends period and survey independently of each other. Where nobody was asked by a
    campaign, it is by quarter.
    """
    if asked.by is not Period.WAVE or asked.campaign in {each.key for each in campaigns}:
        return asked
    if not campaigns:
        return replace(asked, by=Period.QUARTER, campaign="")
    return replace(asked, campaign=campaigns[0].key)


def _measure(key: str, carriers: Carriers) -> Measure:
    by_key = {measure.key: measure for measure in carriers}
    if not key:
        return by_key[_usual(by_key, _FIRST_MEASURE)]
    if key not in by_key:
        raise BadQuery("measure", f"no questionnaire asks for this; there are: {', '.join(by_key)}")
    return by_key[key]


def _usual(among: Iterable[str], wanted: str) -> str:
    """The wanted one where it is there, else the first."""
    keys = list(among)
    return wanted if wanted in keys else keys[0]
