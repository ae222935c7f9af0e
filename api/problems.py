"""Errors on the way out: one mapping from the error tree to RFC 9457 `application/problem+json`.

`code` is stable; `detail` is a sentence for people; `errors` lists what is wrong where, as a path
into the body. Exception text never leaves.
"""

from collections.abc import Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from survey.errors import (
    BadQuery,
    Busy,
    CaseRefused,
    Conflict,
    Fault,
    FeedbackError,
    FieldsRejected,
    IdempotencyMismatch,
    Invalid,
    NotFound,
    QuestionnaireClosed,
    Refused,
    StaleRevision,
    Unknown,
)

MEDIA_TYPE = "application/problem+json"
BUSY_SECONDS = 5


class ErrorItem(BaseModel):
    """One thing wrong in the body: its path ("answers.ease"), a stable code, a sentence."""

    path: str
    code: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    errors: list[ErrorItem] | None = None


class TooMany(FeedbackError):
    """A rate limit was reached; `seconds` until the next try can succeed."""

    code = "too_many_requests"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"retry after {seconds} s")
        self.seconds = seconds


class TooLarge(FeedbackError):
    """The body is over the limit; what is over it was not read."""

    code = "too_large"


class NotJson(FeedbackError):
    """The body is of another content type or is encoded."""

    code = "not_json"


_STATUS: tuple[tuple[type[FeedbackError], int, str, str], ...] = (
    (FieldsRejected, 422, "The answers cannot be taken", "See `errors` for each place."),
    (Invalid, 422, "The input cannot be taken", "Correct it and send it again."),
    (BadQuery, 400, "The query makes no sense", ""),
    (NotFound, 404, "Not found", "It does not exist, or it is not yours to see."),
    (
        IdempotencyMismatch,
        409,
        "The key was used before",
        "This Idempotency-Key came with another body; use a new key for a new response.",
    ),
    (CaseRefused, 409, "Not now", "It does not follow from where the report has come to."),
    (QuestionnaireClosed, 409, "Closed", "This questionnaire takes no more answers."),
    (
        StaleRevision,
        503,
        "Busy",
        "We could not save that just now. Nothing is lost. Try again in a minute.",
    ),
    (Conflict, 409, "Too late", "It has changed meanwhile; look again."),
    (Refused, 403, "Not allowed", "This key or caller may not do that."),
    (Unknown, 401, "Who is asking?", "Send a valid key as `Authorization: Bearer ...`."),
    (TooLarge, 413, "Too large", "The body is larger than this service takes."),
    (NotJson, 415, "Not JSON", "Send `Content-Type: application/json`, not compressed."),
    (TooMany, 429, "Too many requests", "Wait for the time in Retry-After and try again."),
    (
        Busy,
        503,
        "Busy",
        "We could not save that just now. Nothing is lost. Try again in a minute.",
    ),
)


def problem(
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    errors: Sequence[Fault] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """A problem+json answer."""
    body = Problem(
        title=title,
        status=status,
        code=code,
        detail=detail,
        errors=[
            ErrorItem(path=".".join(fault.path), code=fault.code, message=fault.message)
            for fault in errors
        ]
        or None,
    )
    return JSONResponse(
        body.model_dump(exclude_none=True), status, headers=headers, media_type=MEDIA_TYPE
    )


def from_error(error: FeedbackError) -> JSONResponse:
    """The answer to an error of our tree."""
    row = next((row for row in _STATUS if isinstance(error, row[0])), None)
    if row is None:
        return unexpected()
    _, status, title, detail = row
    headers = None
    if isinstance(error, TooMany):
        headers = {"Retry-After": str(error.seconds)}
    elif status == 503:
        headers = {"Retry-After": str(BUSY_SECONDS)}
    elif isinstance(error, Unknown):
        headers = {"WWW-Authenticate": "Bearer"}
    faults = error.faults if isinstance(error, FieldsRejected) else ()
    if isinstance(error, BadQuery):
        detail = f"{error.parameter}: {error.message}"
    return problem(status, error.code, title, detail, errors=faults, headers=headers)


def unexpected() -> JSONResponse:
    """The answer to an error that nobody foresaw; what it was stands in the log."""
    return problem(
        500, "unexpected", "Something went wrong", "It is not your fault. Try again later."
    )


_HTTP_CODES = {
    404: ("not_found", "Not found", "There is nothing at this address."),
    405: ("method_not_allowed", "Method not allowed", "This address does not take that method."),
    413: ("too_large", "Too large", "The body is larger than this service takes."),
}


def from_http(error: HTTPException) -> JSONResponse:
    """The answer to an error of the framework itself (no route, wrong method, too large)."""
    code, title, detail = _HTTP_CODES.get(
        error.status_code, ("refused", "Refused", "The request cannot be taken.")
    )
    headers = dict(error.headers) if error.headers else None
    return problem(error.status_code, code, title, detail, headers=headers)


def from_validation(error: RequestValidationError) -> JSONResponse:
    """A parameter of the wrong form: 400 for a query, 422 for anything else."""
    faults = []
    for fault in error.errors():
        place, *path = (str(part) for part in fault["loc"])
        if place == "query":
            parameter = path[0] if path else "query"
            return from_error(BadQuery(parameter, "it cannot be read; see the API's description"))
        faults.append(Fault((place, *path), "invalid", "it cannot be read"))
    return from_error(FieldsRejected(faults))


def responses(*kinds: type[FeedbackError]) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: the problems that it can answer, for OpenAPI."""
    declared: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        for known, status, title, _ in _STATUS:
            if issubclass(kind, known):
                declared[status] = {
                    "description": title,
                    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
                break
    return declared
