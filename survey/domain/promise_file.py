"""What a service promises, as a file of 'key: value' lines: read, and written to be read again."""

from typing import Final

import yaml
from pydantic import ValidationError

from survey.domain.document import Document, parse
from survey.domain.promises import Promise
from survey.errors import Fault, FieldsRejected

_ITEM: Final = "a promise is a list of 'key: value' lines, such as opens: '09:00'"


def read_promise(text: str | bytes, *, name: str) -> Promise:
    """Read a promise; what the file leaves out is as it is without a promise.

    Args:
        text: the file; bytes are UTF-8.
        name: what to call the file in faults.

    Raises: FieldsRejected, with every fault by line; a path is (name, line, where).
    """
    document = parse(text, name=name)
    if not isinstance(document.data, dict):
        raise FieldsRejected([Fault((name, "1"), "shape", _ITEM)])
    faults = [
        Fault((name, str(each.place.line)), "twice", f"'{each.key}' stands in the file twice")
        for each in document.repeated
    ]
    try:
        promise = Promise.model_validate(document.data)
    except ValidationError as error:
        faults += _told(document, error)
    if faults:
        raise FieldsRejected(sorted(faults, key=lambda fault: int(fault.path[1])))
    return promise


def written(promise: Promise) -> str:
    """The promise as a file that reads as the same promise, whole."""
    data = promise.model_dump(mode="json")
    data["days"] = sorted(data["days"])
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)


def _told(document: Document, error: ValidationError) -> list[Fault]:
    found = []
    for each in error.errors(include_url=False):
        path = tuple(step for step in each["loc"] if step != "[key]")
        message = each["msg"].removeprefix("Value error, ")
        if each["type"] == "extra_forbidden":
            message = f"'{path[-1]}' is not a word of a promise"
        if each["type"] == "missing":
            message = f"{path[-1]} is missing: add it"
        where = ".".join(map(str, path))
        line = str(document.place(path).line)
        found.append(Fault((document.name, line, where), each["type"], message))
    return found
