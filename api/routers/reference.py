"""What there is: questionnaires, measures, units and services."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.access import Access, App, Caller, Rule
from api.problems import TooMany, responses
from survey.domain.measures import MEASURES, Measure
from survey.domain.questionnaire import Questionnaire
from survey.domain.structure import in_use
from survey.errors import NotFound, Unknown
from survey.services.catalogue import Listed

router = APIRouter(tags=["reference"])

Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY))]
AnybodyOrKey = Annotated[Caller, Depends(Access(Rule.ANYBODY_OR_KEY))]


class QuestionnaireOut(BaseModel):
    """A questionnaire as it stands."""

    key: str
    title: dict[str, str]
    version: int
    series: int
    privacy: str
    unit: str
    languages: list[str]
    floor: int
    open: bool = Field(description="Anybody with the link may answer.")
    closed_at: datetime | None
    licence: str | None


class QuestionnaireDetailOut(QuestionnaireOut):
    """With its questions, in the published format (`tellback questionnaire schema`)."""

    questions: list[dict[str, Any]]


class MeasureOut(BaseModel):
    """What a figure means, how it is computed, and who says so."""

    key: str
    label: str
    definition: str
    formula: str
    source: str
    unit: str
    lowest: int
    highest: int


class UnitOut(BaseModel):
    key: str
    name: str
    kind: str
    parent: str | None


class ServiceOut(BaseModel):
    key: str
    name: str
    provider: str
    parent: str | None


@router.get("/questionnaires", responses=responses(Unknown, TooMany))
async def questionnaires(caller: AnybodyOrKey, app: App) -> list[QuestionnaireOut]:
    """Questionnaires that are open to anybody; with a key, all that are published."""
    return [
        QuestionnaireOut(**_summary(listed))
        for listed in await app.catalogue.all()
        if _may_see(caller, listed)
    ]


@router.get("/questionnaires/{key}", responses=responses(Unknown, NotFound, TooMany))
async def questionnaire(key: str, caller: AnybodyOrKey, app: App) -> QuestionnaireDetailOut:
    """One questionnaire with its questions."""
    listed = await app.catalogue.get(key)
    if not _may_see(caller, listed):
        raise NotFound("questionnaire")
    return QuestionnaireDetailOut(
        **_summary(listed), questions=_questions(listed.published.questionnaire)
    )


@router.get("/measures", responses=responses(Unknown, TooMany))
async def measures(_: Anybody) -> list[MeasureOut]:
    """Definitions, formulas and sources of all measures."""
    return [_measure(measure) for measure in MEASURES.values()]


@router.get("/units", responses=responses(Unknown, TooMany))
async def units(_: AnybodyOrKey, app: App) -> list[UnitOut]:
    """The organisation tree to which respondents belong, without what is archived."""
    return [
        UnitOut(key=each.key, name=each.name, kind=each.kind, parent=each.parent)
        for each in in_use(await app.organisation.units())
    ]


@router.get("/services", responses=responses(Unknown, TooMany))
async def services(_: AnybodyOrKey, app: App) -> list[ServiceOut]:
    """The tree of services that are rated, without what is archived."""
    return [
        ServiceOut(key=each.key, name=each.name, provider=each.provider, parent=each.parent)
        for each in in_use(await app.organisation.services())
    ]


def _may_see(caller: Caller, listed: Listed) -> bool:
    return caller.key is not None or listed.row.open_link


def _summary(listed: Listed) -> dict[str, Any]:
    version, content = listed.published.version, listed.published.questionnaire
    return {
        "key": listed.row.key,
        "title": content.title,
        "version": version.number,
        "series": version.series,
        "privacy": content.privacy.value,
        "unit": content.unit.value,
        "languages": list(content.languages),
        "floor": version.floor,
        "open": listed.row.open_link and listed.row.closed_at is None,
        "closed_at": listed.row.closed_at,
        "licence": content.licence,
    }


def _questions(content: Questionnaire) -> list[dict[str, Any]]:
    return [
        question.model_dump(mode="json", exclude_defaults=True) for question in content.questions
    ]


def _measure(measure: Measure) -> MeasureOut:
    return MeasureOut(
        key=measure.key,
        label=measure.label,
        definition=measure.definition,
        formula=measure.formula,
        source=measure.source,
        unit=measure.unit,
        lowest=measure.lowest,
        highest=measure.highest,
    )
