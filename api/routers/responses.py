"""POST /responses: one whole response from another system."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.access import Access, Caller, Rule, application
from api.bodies import described_body, idempotency_key, read_json, validated
from api.direct import DirectRoute
from api.problems import NotJson, TooLarge, TooMany, responses
from survey.errors import (
    Busy,
    FieldsRejected,
    IdempotencyMismatch,
    NotFound,
    QuestionnaireClosed,
    Refused,
    Unknown,
)
from survey.services.api_keys import Scope
from survey.services.responses import Offered

router = APIRouter(tags=["responses"], route_class=DirectRoute)

Writer = Annotated[Caller, Depends(Access(Rule.OPEN_OR_WRITE_KEY))]


class ResponseIn(BaseModel):
    """One response. Values are those of the questionnaire: whole numbers for scales, names for
    choices, a list of names for several choices, "2026-03-31" for dates."""

    model_config = ConfigDict(extra="forbid", strict=True)

    questionnaire: str = Field(max_length=40, examples=["people-pulse"])
    unit: str | None = Field(None, max_length=40, examples=["adult-social-care"])
    language: str | None = Field(None, max_length=3, examples=["en"])
    answers: dict[str, Any] = Field(examples=[{"pride": 4, "advocacy": 5}])
    submitted_on: date | None = Field(
        None, strict=False, description="Only with the scope responses:import."
    )


class ReceiptOut(BaseModel):
    """Proof that the response was accepted; it leads to no answer."""

    id: UUID
    reference: str = Field(examples=["K7M-4QX"])


@router.post(
    "/responses",
    status_code=201,
    response_model=ReceiptOut,
    responses=responses(
        FieldsRejected,
        TooLarge,
        NotJson,
        TooMany,
        Unknown,
        Refused,
        NotFound,
        QuestionnaireClosed,
        IdempotencyMismatch,
        Busy,
    ),
    openapi_extra=described_body("ResponseIn"),
)
async def submit(request: Request, caller: Writer) -> Response:
    """Submit one response to an open questionnaire, or to any with a key."""
    body = validated(ResponseIn, await read_json(request))
    if body.submitted_on is not None and not caller.has(Scope.IMPORT):
        raise Refused("submitted_on needs responses:import")
    repeats = idempotency_key(request)
    if caller.key is None:
        request.app.state.limits.link(body.questionnaire)
    receipt = await application(request).responses.accept(
        Offered(
            questionnaire=body.questionnaire,
            unit=body.unit,
            language=body.language,
            answers=body.answers,
            submitted_on=body.submitted_on,
        ),
        open_only=caller.key is None,
        scope=f"key:{caller.key.id}" if caller.key else f"open:{body.questionnaire}",
        idempotency_key=repeats,
    )
    request.app.state.on_submission()
    answer = ReceiptOut(id=receipt.id, reference=receipt.reference)
    return Response(answer.model_dump_json(), 201, media_type="application/json")
