"""What a form, or a row of a file, may say of a person."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Self

from babel import Locale, UnknownLocaleError

from survey.domain.addresses import address_of
from survey.domain.people import Person
from survey.domain.suggest import did_you_mean
from survey.errors import Fault

LONGEST_NAME: Final = 120
LONGEST_ROLE: Final = 64
LONGEST_ATTRIBUTE: Final = 500
"""Characters of what stands in one column."""

MOST: Final = 100
"""So many units, roles or attributes one person may have."""

FIXED: Final = ("key", "name", "unit", "email", "roles", "language")
"""Columns that are no attributes."""

_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/@+-]{0,63}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Fields:
    """All that can be set of a person, tidied: build it with `tidy`."""

    name: str
    units: tuple[str, ...] = ()
    email: str | None = None
    language: str | None = None
    roles: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def tidy(
        cls,
        *,
        name: str,
        units: Sequence[str] = (),
        email: str = "",
        language: str = "",
        roles: Sequence[str] = (),
        attributes: Mapping[str, str] | None = None,
    ) -> Self:
        """Without doubled spaces, empty parts and repeats; address and language in lower case."""
        return cls(
            name=" ".join(name.split()),
            units=_once(units),
            email=email.strip().lower() or None,
            language=language.strip().lower() or None,
            roles=_once(roles),
            attributes={
                column.strip(): text.strip()
                for column, text in (attributes or {}).items()
                if text.strip()
            },
        )

    @classmethod
    def of(cls, person: Person) -> Self:
        return cls(
            name=person.name,
            units=person.units,
            email=person.email,
            language=person.language,
            roles=person.roles,
            attributes=person.attributes,
        )


def key_faults(key: str) -> Iterator[Fault]:
    if not key:
        yield Fault(("key",), "required", "it is empty")
    elif not _KEY.fullmatch(key):
        message = f"'{key[:40]}': use at most 64 letters, digits and . _ - / @ +, without spaces"
        yield Fault(("key",), "bad_key", message)


def faults_of(said: Fields, units: Collection[str], *, suggesting: bool = True) -> Iterator[Fault]:
    """What is wrong with it; the path of each is the field, or ("attributes", column).

    Args:
        units: the keys of those that somebody can stand for.
        suggesting: whether to say which of them may be meant: that takes a millisecond each.
    """
    if not said.name:
        yield Fault(("name",), "required", "it is empty")
    elif len(said.name) > LONGEST_NAME:
        yield Fault(("name",), "too_long", f"it is longer than {LONGEST_NAME} characters")
    elif _UNPRINTABLE.search(said.name):
        yield Fault(("name",), "bad_sign", "it has a sign in it that cannot be kept")
    if said.email and not _is_address(said.email):
        yield Fault(("email",), "bad_email", f"'{said.email[:80]}' is not an e-mail address")
    for unit in said.units[: MOST + 1]:
        if unit not in units:
            near = did_you_mean(unit, units) if suggesting else ""
            message = f"'{unit[:40]}' is not a unit{near}"
            yield Fault(("unit",), "no_unit", message)
    if said.language and not _is_language(said.language):
        message = f"'{said.language[:40]}' is not a language: use its code, such as en or cy"
        yield Fault(("language",), "no_language", message)
    yield from _role_faults(said)
    yield from _attribute_faults(said)


def _role_faults(said: Fields) -> Iterator[Fault]:
    if len(said.roles) > MOST or len(said.units) > MOST:
        column = "roles" if len(said.roles) > MOST else "unit"
        yield Fault((column,), "too_many", f"there are more than {MOST}")
    for role in said.roles:
        if len(role) > LONGEST_ROLE:
            yield Fault(("roles",), "too_long", f"one is longer than {LONGEST_ROLE} characters")
        elif _UNPRINTABLE.search(role):
            yield Fault(("roles",), "bad_sign", "one has a sign in it that cannot be kept")


def _attribute_faults(said: Fields) -> Iterator[Fault]:
    if len(said.attributes) > MOST:
        yield Fault(("attributes",), "too_many", f"there are more than {MOST}")
    for column, text in said.attributes.items():
        path = ("attributes", column)
        if not 0 < len(column) <= LONGEST_ROLE or _UNPRINTABLE.search(column):
            message = f"its name must have 1 to {LONGEST_ROLE} letters"
            yield Fault(("attributes", column[:LONGEST_ROLE]), "bad_name", message)
        elif column.lower() in FIXED:
            yield Fault(path, "bad_name", "there is a field of this name")
        if len(text) > LONGEST_ATTRIBUTE:
            yield Fault(path, "too_long", f"it is longer than {LONGEST_ATTRIBUTE} characters")
        elif _UNPRINTABLE.search(text):
            yield Fault(path, "bad_sign", "it has a sign in it that cannot be kept")


def _once(parts: Sequence[str]) -> tuple[str, ...]:
    if not parts:
        return ()
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _is_address(text: str) -> bool:
    """One with a dot after the "@": without one it is a slip, in a list of people."""
    return address_of(text) is not None and "." in text.rpartition("@")[2]


@cache
def _is_language(code: str) -> bool:
    if not _LANGUAGE.fullmatch(code):
        return False
    try:
        Locale(code)
    except UnknownLocaleError:
        return False
    return True
