"""POST /invitations: ask one person after a contact."""

from datetime import date
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from api.access import Access, App, Caller, Rule
from api.bodies import described_body, idempotency_key, read_json, validated
from api.problems import NotJson, TooLarge, TooMany, responses
from survey.domain.audit import Actor, ActorKind
from survey.domain.contacts import Contact
from survey.errors import (
    Busy,
    CampaignRefused,
    FieldsRejected,
    IdempotencyMismatch,
    QuestionnaireClosed,
    Refused,
    Unknown,
)

router = APIRouter(tags=["invitations"])

Inviter = Annotated[Caller, Depends(Access(Rule.INVITE))]

_LONGEST_KEY: Final = 64


class InvitationIn(BaseModel):
    """One contact. `about` is what the person reads: "your call about council tax"."""

    model_config = ConfigDict(extra="forbid", strict=True)

    campaign: str = Field(max_length=_LONGEST_KEY, examples=["after-a-call"])
    person: str = Field(max_length=_LONGEST_KEY, description="Their key in the list of people.")
    about: str = Field(max_length=200, examples=["your call about council tax"])
    on: date = Field(strict=False, examples=["2026-05-03"])
    service: str = Field("", max_length=_LONGEST_KEY, examples=["revenues_benefits"])
    reference: str = Field(
        "", max_length=200, description="Tells two contacts of one day about the same apart."
    )


class InvitationOut(BaseModel):
    """What happened. Whoever is not asked is told nothing."""

    outcome: Literal["invited", "not_asked"]
    reason: str | None = Field(None, examples=["recently_asked"])


@router.post(
    "/invitations",
    status_code=201,
    responses=responses(
        FieldsRejected,
        TooLarge,
        NotJson,
        TooMany,
        Unknown,
        Refused,
        CampaignRefused,
        QuestionnaireClosed,
        IdempotencyMismatch,
        Busy,
    ),
    openapi_extra=described_body("InvitationIn"),
)
async def invite(request: Request, caller: Inviter, app: App) -> InvitationOut:
    """Ask one person after a contact, within the caps and hours of its campaign."""
    body = validated(InvitationIn, await read_json(request))
    assert caller.key is not None
    asked = await app.waves.invite(
        Contact(**body.model_dump()),
        by=Actor(ActorKind.KEY, caller.key.id),
        idempotency_key=idempotency_key(request),
    )
    return InvitationOut(outcome="invited" if asked.invited else "not_asked", reason=asked.reason)
