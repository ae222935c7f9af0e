"""The OpenAPI description: what FastAPI derives, plus our problems and our keys."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE, Problem
from api.routers.cases import CaseIn, EntryIn
from api.routers.invitations import InvitationIn
from api.routers.responses import ResponseIn

_REF = "#/components/schemas/{model}"
_FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI) -> None:
    """Make `app.openapi` give our description; computed at the first call."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def _described(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
    )
    components = found["components"]
    for model in (Problem, ResponseIn, InvitationIn, CaseIn, EntryIn):
        schema = model.model_json_schema(ref_template=_REF)
        components["schemas"].update(schema.pop("$defs", {}))
        components["schemas"][model.__name__] = schema
    for name in _FRAMEWORKS_OWN:
        components["schemas"].pop(name, None)
    components["securitySchemes"] = {
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "`tellback apikey add` makes one.",
        }
    }
    for path in found["paths"].values():
        for operation in path.values():
            operation["security"] = [{}, {"key": []}]
            _name_problems(operation["responses"])
    return found


def _name_problems(responses: dict[str, Any]) -> None:
    """Where FastAPI would promise its own form of a 422, ours takes its place or nothing does."""
    for status, response in list(responses.items()):
        content = response.get("content", {})
        if status == "422" and MEDIA_TYPE not in content:
            del responses[status]
        elif MEDIA_TYPE in content:
            response["content"] = {MEDIA_TYPE: content[MEDIA_TYPE]}
