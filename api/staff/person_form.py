"""The form about a person: what is typed, what of it is wrong, and two who type at once.

Pure: fields as text in, the arguments of the use case or faults out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import FormData

from api.staff import shell
from api.staff.trend_words import Translate
from survey.domain.language import N_
from survey.domain.people import Person
from survey.errors import Fault

Values = Mapping[str, str]
"""What stands in each field of the form, as text."""

LABELS: Final[Mapping[str, str]] = {
    "name": N_("Name"),
    "email": N_("E-mail address"),
    "language": N_("Language"),
    "roles": N_("Roles"),
    "attributes": N_("Other details"),
}
"""The fields that can be changed later; reference and schools have their own places."""

_WAS: Final = "was-"

_LONGEST: Final = 60_000
"""Characters of a field: more than all that may be kept in it."""

_NO_COLON: Final = N_("Write each detail on a line of its own, as name: value")

_WORDS: Final[Mapping[str, str]] = {
    "required": N_("Enter a name"),
    "key required": N_("Enter a reference"),
    "bad_key": N_("Use letters, digits and . _ - / @ + in the reference, 64 at most, no spaces"),
    "key_taken": N_("Somebody else has this reference"),
    "erased": N_("The data of this reference was erased by request. Do not enter it again"),
    "too_long": N_("Enter less: this is longer than can be kept"),
    "bad_sign": N_("Leave out the sign that cannot be kept"),
    "bad_email": N_("Enter an e-mail address like name@example.org"),
    "no_unit": N_("Choose a school or department from the list"),
    "no_language": N_("Choose a language from the list"),
    "too_many": N_("Enter at most 100 lines"),
    "bad_name": N_("Give each detail a short name that is not one of the fields above"),
}
"""By the code of the fault, where it matters with the field before it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that somebody else saved meanwhile, beside what stands in this form."""

    label: str
    now: str
    yours: str


def values_of(person: Person) -> Values:
    """A person as the form shows them."""
    return {
        "name": person.name,
        "email": person.email or "",
        "language": person.language or "",
        "roles": "\n".join(person.roles),
        "attributes": "\n".join(
            f"{name}: {' '.join(text.split())}" for name, text in person.attributes.items()
        ),
    }


def typed(form: FormData, *names: str) -> Values:
    """What was typed into these fields (or those that can be changed), line ends made one sign."""
    return {name: _text(form, name) for name in names or LABELS}


def base(form: FormData) -> Values:
    """What stood in the fields when the form was shown."""
    return {name: _text(form, _WAS + name) for name in LABELS}


def arguments(values: Values) -> dict[str, Any]:
    """As the use cases take them."""
    return {
        "name": values["name"],
        "email": values["email"],
        "language": values["language"],
        "roles": values["roles"].split("\n"),
        "attributes": dict(map(_detail, _lines(values["attributes"]))),
    }


def colon_faults(values: Values, translate: Translate) -> list[shell.Fault]:
    """Lines of the details that say no name."""
    bare = any(":" not in line for line in _lines(values["attributes"]))
    return [shell.Fault("attributes", translate(_NO_COLON))] if bare else []


def in_words(faults: Iterable[Fault], translate: Translate) -> list[shell.Fault]:
    """What the use case found wrong, one for each field."""
    said: dict[str, shell.Fault] = {}
    for fault in faults:
        field = fault.path[0]
        words = _WORDS.get(f"{field} {fault.code}") or _WORDS.get(fault.code, _WORDS["bad_sign"])
        said.setdefault(field, shell.Fault(field, translate(words)))
    return list(said.values())


def merged(before: Values, mine: Values, theirs: Values) -> Values:
    """Mine where I changed something since `before`, theirs everywhere else."""
    return {name: mine[name] if mine[name] != before[name] else theirs[name] for name in LABELS}


def differences(
    before: Values, mine: Values, theirs: Values, translate: Translate
) -> Sequence[Difference]:
    """What somebody else changed since `before`, beside what was typed here."""
    return [
        Difference(translate(label), theirs[name], mine[name])
        for name, label in LABELS.items()
        if theirs[name] != before[name]
    ]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _detail(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ") if ": " in line else line.partition(":")
    return name.strip(), value.strip()


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    text = value if isinstance(value, str) else ""
    return text.replace("\r\n", "\n").strip()[:_LONGEST]
