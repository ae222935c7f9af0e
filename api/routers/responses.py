"""POST /responses: one whole response from another system."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.access import Access, App, Caller, Rule
from api.bodies import read_json
from api.problems import NotJson, TooLarge, TooMany, responses
from survey.domain.records import Receipt
from survey.errors import (
    Busy,
    Fault,
    FieldsRejected,
    IdempotencyMismatch,
    NotFound,
    QuestionnaireClosed,
    Refused,
    Unknown,
)
from survey.services.api_keys import Scope
from survey.services.responses import Offered

router = APIRouter(tags=["responses"])

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


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="16 to 200 characters, kept 7 days: a repeat gives the first answer again.",
    ),
]


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
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/ResponseIn"}}
            },
        }
    },
)
async def submit(
    request: Request, caller: Writer, app: App, idempotency_key: IdempotencyKey = None
) -> Receipt:
    """Submit one response to an open questionnaire, or to any with a key."""
    body = _validated(await read_json(request))
    if body.submitted_on is not None and not caller.has(Scope.IMPORT):
        raise Refused("submitted_on needs responses:import")
    if idempotency_key is not None and not 16 <= len(idempotency_key) <= 200:
        message = "it has 16 to 200 characters"
        raise FieldsRejected([Fault(("header", "Idempotency-Key"), "length", message)])
    if caller.key is None:
        request.app.state.limits.link(body.questionnaire)
    receipt = await app.responses.accept(
        Offered(
            questionnaire=body.questionnaire,
            unit=body.unit,
            language=body.language,
            answers=body.answers,
            submitted_on=body.submitted_on,
        ),
        open_only=caller.key is None,
        scope=f"key:{caller.key.id}" if caller.key else f"open:{body.questionnaire}",
        idempotency_key=idempotency_key,
    )
    request.app.state.on_submission()
    return receipt


_MESSAGES = {
    "extra_forbidden": "there is no such field",
    "missing": "it is missing",
    "string_type": "it must be text",
    "dict_type": "it must be an object",
    "model_type": "the body must be an object",
    "string_too_long": "it is too long",
}


def _validated(body: Any) -> ResponseIn:
    try:
        return ResponseIn.model_validate(body)
    except ValidationError as error:
        raise FieldsRejected(
            [
                Fault(
                    tuple(str(part) for part in fault["loc"]) or ("body",),
                    fault["type"],
                    _MESSAGES.get(fault["type"], "it cannot be read"),
                )
                for fault in error.errors()
            ]
        ) from None
