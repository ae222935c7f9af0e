"""Reading a JSON body strictly: what a lenient parser would swallow is refused with its path.

NaN and infinities, numbers too large for a float, a name twice, and nesting beyond reason are
refused; decimals come in exact.
"""

import json
import re
from collections import Counter
from decimal import Decimal
from typing import Any, Final, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from api.problems import NotJson, TooLarge
from survey.errors import Fault, FieldsRejected

MOST_BYTES = 256 * 1024
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_DEEPEST = 20
_LONGEST_NUMBER = 40


_IDEMPOTENCY_KEY: Final = "Idempotency-Key"
IDEMPOTENCY: Final = {
    "name": _IDEMPOTENCY_KEY,
    "in": "header",
    "required": False,
    "description": "Kept 7 days: a repeat gives the first answer again.",
    "schema": {"type": "string", "minLength": 16, "maxLength": 200},
}
"""The header as OpenAPI tells of it."""


def described_body(model: str) -> dict[str, Any]:
    """What OpenAPI is told of a route that reads its JSON body itself: its model, and a repeat."""
    schema = {"$ref": f"#/components/schemas/{model}"}
    content = {"application/json": {"schema": schema}}
    return {"parameters": [IDEMPOTENCY], "requestBody": {"required": True, "content": content}}


_MESSAGES: Final = {
    "extra_forbidden": "there is no such field",
    "missing": "it is missing",
    "string_type": "it must be text",
    "dict_type": "it must be an object",
    "model_type": "the body must be an object",
    "string_too_long": "it is too long",
}

Body = TypeVar("Body", bound=BaseModel)


def validated(model: type[Body], body: Any) -> Body:
    """The body as its model. Raises: FieldsRejected with every fault."""
    try:
        return model.model_validate(body)
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


def idempotency_key(request: Request) -> str | None:
    """The header of that name. Raises: FieldsRejected, where it is too short or too long."""
    key = request.headers.get(_IDEMPOTENCY_KEY)
    if key is not None and not 16 <= len(key) <= 200:
        message = "it has 16 to 200 characters"
        raise FieldsRejected([Fault(("header", _IDEMPOTENCY_KEY), "length", message)])
    return key


class _Refused(ValueError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message


async def read_json(request: Request) -> Any:
    """The body as Python values, decimals as `Decimal`.

    Raises: NotJson, TooLarge, FieldsRejected with code "not_json", "number", "name_twice" or
        "too_deep".
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or request.headers.get("content-encoding"):
        raise NotJson
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise TooLarge
    try:
        return parse_json(bytes(body))
    except _Refused as refused:
        raise FieldsRejected([Fault(("body",), refused.code, refused.message)]) from None


def parse_json(body: bytes) -> Any:
    try:
        text = body.decode("utf-8")
        if _depth(text) > _DEEPEST:
            raise _Refused("too_deep", f"the body is nested over {_DEEPEST} deep")
        return _DECODER.decode(text)
    except UnicodeDecodeError:
        raise _Refused("not_json", "the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        message = f"the body is not JSON: see line {error.lineno}, column {error.colno}"
        raise _Refused("not_json", message) from None


def _depth(text: str) -> int:
    """An upper bound of the nesting, counted before anything recurses.

    A string that never ends is taken whole: were it tried again from each quotation mark in it, a
    small body would keep the process busy for minutes.
    """
    brackets = text.count("{") + text.count("[")
    if brackets <= _DEEPEST:
        return brackets
    deepest = here = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        here += 1 if bracket in "[{" else -1
        deepest = max(deepest, here)
    return deepest


def _decimal(text: str) -> Decimal:
    number = Decimal(text) if len(text) <= _LONGEST_NUMBER else None
    if number is None or abs(number.adjusted()) > _LONGEST_NUMBER:
        raise _Refused("number", "a number is too large or too long")
    return number


def _whole(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise _Refused("number", "a number is too large or too long")
    if text == "-0":
        raise _Refused("number", "-0 is not a whole number; write 0")
    return int(text)


def _constant(text: str) -> NoReturn:
    raise _Refused("number", f"{text} is not a number in JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if _LONE_SURROGATE.search("".join(found)):
        raise _Refused("not_text", "a name holds half of a character")
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, _ in pairs if counts[name] > 1)
        raise _Refused("name_twice", f"the name '{twice[:40]}' is there twice")
    return found


_DECODER: Final = json.JSONDecoder(
    parse_float=_decimal,
    parse_int=_whole,
    parse_constant=_constant,
    object_pairs_hook=_object,
)
