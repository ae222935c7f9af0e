"""/staff/cases/risks: what is open and weighs most, by impact and likelihood."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from api.staff.case_desk import PATH, TITLE, Reader, looker_of, names_for
from api.staff.case_list import rows_of
from api.staff.shell import Crumb
from survey.domain.case_acts import MOST
from survey.domain.case_records import CaseQuery
from survey.domain.cases import RISK, Case
from survey.domain.language import N_

router = APIRouter(include_in_schema=False)

RISKS: Final = f"{PATH}/risks"

_TITLE: Final = N_("Risks")
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the matrix: how many there are, and whether it is on the list."""

    score: int
    number: int
    is_risk: bool


@router.get(RISKS)
async def risks(desk: Reader) -> Response:
    """The list, the heaviest first, and all that are weighed as a matrix of five by five."""
    query = CaseQuery(open=True, risks=True, restricted=True)
    found = await desk.app.cases.listed(query, looker_of(desk), limit=_SHOWN)
    cases = sorted(found.cases, key=score, reverse=True)
    names = await names_for(desk, cases)
    reports = await desk.app.cases.reports(cases)
    return desk.page(
        "staff/case_risks.html",
        desk.say(_TITLE),
        crumbs=[Crumb(desk.say(TITLE), PATH)],
        rows=[
            (score(case), case, row)
            for case, row in zip(cases, rows_of(cases, reports, names, desk), strict=True)
        ],
        matrix=matrix(cases),
        degrees=range(1, MOST + 1),
        least=RISK,
        more=found.after is not None,
        back=PATH,
    )


def score(case: Case) -> int:
    """Impact times likelihood."""
    return (case.impact or 0) * (case.likelihood or 0)


def matrix(cases: Sequence[Case]) -> list[tuple[int, list[Field]]]:
    """(impact, its fields by likelihood from 1), the highest impact first."""

    def field(impact: int, likelihood: int) -> Field:
        number = sum((each.impact, each.likelihood) == (impact, likelihood) for each in cases)
        return Field(impact * likelihood, number, impact * likelihood >= RISK)

    degrees = range(1, MOST + 1)
    return [(impact, [field(impact, each) for each in degrees]) for impact in reversed(degrees)]
