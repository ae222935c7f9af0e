"""From an HTTP request to one of aiogram's method objects, refusing whatever is not in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from starlette.datastructures import UploadFile
from starlette.requests import Request

from tests.telegram.refusal import Refusal, bad_request, not_in_the_fake

if TYPE_CHECKING:
    from aiogram.methods import TelegramMethod
    from pydantic_core import ErrorDetails

MethodClass = type["TelegramMethod[Any]"]

_MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "callback_query_id": "query is too old and response timeout expired or query ID is invalid",
}


@cache
def _methods() -> Mapping[str, MethodClass]:
    """Every method of the Bot API that this aiogram knows, by lower-case name."""
    from aiogram import methods
    from aiogram.methods import TelegramMethod

    exported = (getattr(methods, name) for name in methods.__all__)
    return {
        each.__api_method__.lower(): each
        for each in exported
        if isinstance(each, type)
        and issubclass(each, TelegramMethod)
        and each is not TelegramMethod
    }


def method_class(name: str) -> MethodClass:
    """Method names are case-insensitive.

    Raises:
        Refusal: 404, the Bot API has no such method.
    """
    found = _methods().get(name.lower())
    if found is None:
        raise Refusal(404, "Not Found: method not found")
    return found


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file in a multipart body, by the name that its sender gave it."""

    name: str
    content: bytes


async def fields_of(request: Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Parameters of a call from the query string and a JSON, urlencoded or multipart body, and the
    files in that by the names of their parts."""
    pairs: list[tuple[str, Any]] = list(request.query_params.multi_items())
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        pairs.extend(_json_object(await request.body()).items())
    elif request.method == "POST":
        async with request.form() as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    held = Upload(name=value.filename or name, content=await value.read())
                    pairs.append((name, held))
                else:
                    pairs.append((name, value))
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise bad_request(f"parameter {name} is given twice")
        fields[name] = value
    uploads = {name: value for name, value in fields.items() if isinstance(value, Upload)}
    return {name: value for name, value in fields.items() if name not in uploads}, uploads


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise bad_request("can't parse JSON object")
    return given


def parsed(of: MethodClass, fields: Mapping[str, Any]) -> "TelegramMethod[Any]":
    """The method object, unknown fields refused at every depth.

    Raises:
        Refusal: 400, naming the first field at fault.
    """
    from pydantic import ValidationError

    given = _client_defaults(of) | {
        name: _from_text(of, name, value) for name, value in fields.items()
    }
    try:
        return of.model_validate(given, extra="forbid")
    except ValidationError as error:
        raise bad_request(_fault(error.errors())) from None


ATTACHED = "attach://"


def attached(fields: Mapping[str, Any], uploads: Mapping[str, Upload]) -> Mapping[str, Upload]:
    """The files of a call by its parameters, which name their parts as `attach://<name>`.

    Source: https://core.telegram.org/bots/api#sending-files

    Raises:
        Refusal: 400, where a named part is missing; 501 for a part that is sent under the name of
            its parameter.
    """
    named = {
        field: value.removeprefix(ATTACHED)
        for field, value in fields.items()
        if isinstance(value, str) and value.startswith(ATTACHED)
    }
    for part in named.values():
        if part not in uploads:
            raise bad_request("wrong file identifier/HTTP URL specified")
    if set(uploads) != set(named.values()):
        raise not_in_the_fake("uploads that no parameter names")
    return {field: uploads[part] for field, part in named.items()}


@cache
def _client_defaults(of: MethodClass) -> dict[str, None]:
    """aiogram's markers for "as the bot is set up" mean "not given" once on the wire."""
    from aiogram.client.default import Default

    fields = of.model_fields.items()
    return {name: None for name, field in fields if isinstance(field.default, Default)}


@cache
def _structured(of: MethodClass) -> frozenset[str]:
    """Fields that travel as JSON inside a form field."""
    fields = of.model_fields.items()
    return frozenset(name for name, field in fields if _holds_structure(field.annotation))


def _holds_structure(annotation: Any) -> bool:
    from aiogram.types.base import TelegramObject

    if annotation is list or getattr(annotation, "__origin__", None) is list:
        return True
    if isinstance(annotation, type) and issubclass(annotation, TelegramObject):
        return True
    return any(_holds_structure(inner) for inner in get_args(annotation))


def _from_text(of: MethodClass, name: str, value: Any) -> Any:
    if not isinstance(value, str) or name not in _structured(of):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise bad_request(f"can't parse {name} JSON object") from None


def _fault(errors: "list[ErrorDetails]") -> str:
    unknown = [error for error in errors if error["type"] == "extra_forbidden"]
    first = (unknown or errors)[0]
    path = ".".join(map(str, first["loc"]))
    if unknown:
        return f"unknown field {path}"
    if first["type"] == "missing":
        return _MISSING.get(path, f"parameter {path} is required")
    return f"field {path}: {first['msg']}"
