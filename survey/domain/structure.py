"""What may be set by hand in the trees of units and services, and what a change there touches."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from survey.domain import organisation
from survey.domain.access import Trees
from survey.domain.accounts import Account
from survey.domain.folding import folded
from survey.domain.organisation import ancestors
from survey.domain.records import Event, Service, Unit
from survey.domain.suggest import did_you_mean
from survey.domain.texts import fault_in
from survey.errors import Fault, FieldsRejected, NotFound

LONGEST: Final = 120
"""Characters of a name, a kind, a provider, an owner or a system."""

LONGEST_KEY: Final = 40

KEY: Final = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_KEY - 1}}}")
"""What a unit or a service can be called in files and addresses."""


_Either = TypeVar("_Either", Unit, Service)


class Node(organisation.Node, Protocol):
    """A unit, or a service, as far as forms know it."""

    @property
    def name(self) -> str: ...
    @property
    def ended_at(self) -> datetime | None: ...


class Below(StrEnum):
    """What becomes of that which lies below something that is archived."""

    ARCHIVE = "archive"
    """It is archived too, all the way down."""
    MOVE_UP = "move_up"
    """What lies right below moves to where the archived one lay."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """What hangs on a unit or service and what lies below it, in numbers.

    `below` are those in use. `responses` is exact and so internal: a page tells it rounded.
    `accounts` hold a role there by name.
    """

    people: int = 0
    below: int = 0
    responses: int = 0
    accounts: int = 0
    units: int = 0
    surveys: int = 0


@dataclass(frozen=True, slots=True)
class Sight:
    """How many accounts see something only after a change, and how many only before."""

    gained: int
    lost: int


def key_for(name: str, taken: Collection[str]) -> str:
    """A key made of a name that nothing has yet.

    >>> key_for("St Mary's, Ely", {"st-marys-ely"})
    'st-marys-ely-2'
    """
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-") or "new"
    key, number = words[:LONGEST_KEY].rstrip("-"), 1
    while key in taken:
        number += 1
        ending = f"-{number}"
        key = words[: LONGEST_KEY - len(ending)].rstrip("-") + ending
    return key


def below(nodes: Iterable[Node], key: str) -> frozenset[str]:
    """The keys of everything below one; '' is the whole body."""
    return frozenset(each for each, line in ancestors(nodes).items() if key in line[1:])


def in_use(nodes: Iterable[_Either]) -> list[_Either]:
    """Those that are not archived."""
    return [each for each in nodes if each.ended_at is None]


def only(nodes: Iterable[_Either], key: str) -> _Either:
    """The one of this key. Raises: NotFound."""
    for each in nodes:
        if each.key == key:
            return each
    raise NotFound(key)


def archived(
    known: Sequence[_Either], one: _Either, what_lies_below: Below | None, *, at: datetime
) -> tuple[list[_Either], list[_Either]]:
    """One without what is offered below it: (what is archived, itself first; what moves up).

    Raises:
        FieldsRejected: something in use lies below ("required" for "below") and nobody said what
            becomes of it; or what moves up meets another of its name ("name_taken").
    """
    lower = below(known, one.key)
    inside: list[_Either] = [each for each in in_use(known) if each.key in lower]
    if inside and what_lies_below is None:
        raise FieldsRejected([Fault(("below",), "required", "say what becomes of them")])
    moving = [
        each for each in inside if what_lies_below is Below.MOVE_UP and each.parent == one.key
    ]
    ending = [one, *(inside if what_lies_below is Below.ARCHIVE else ())]
    others = [each for each in in_use(known) if each.key != one.key]
    moved = [replace(each, parent=one.parent, revision=each.revision + 1) for each in moving]
    if any(_meets_its_name(each, others) for each in moved):
        message = "another one in the place that they move to is called so"
        raise FieldsRejected([Fault(("below",), "name_taken", message)])
    ended = [replace(each, ended_at=at, revision=each.revision + 1) for each in ending]
    return ended, moved


def restored(known: Sequence[_Either], one: _Either) -> _Either:
    """One in use again, at its old place.

    Raises:
        FieldsRejected: what it lies under is archived ("no_parent" for "parent"), or another one
            there has its name by now ("name_taken").
    """
    using = in_use(known)
    if one.parent and one.parent not in {each.key for each in using}:
        raise FieldsRejected([Fault(("parent",), "no_parent", "it is archived too")])
    if _meets_its_name(one, using):
        raise FieldsRejected([Fault(("name",), "name_taken", "another one there is called so")])
    return replace(one, ended_at=None, revision=one.revision + 1)


def refuse_faulty(
    node: _Either,
    known: Sequence[_Either],
    *,
    texts: Collection[tuple[str, str]],
    required: Collection[str],
) -> None:
    """Check what somebody set by hand against what there is.

    Args:
        node: as it is to be kept, new or changed.
        known: all of its tree, `node` as it was among them.
        texts: (field, what was typed), apart from the name; a field may have several, and those in
            `required` may not be empty.

    Raises:
        FieldsRejected: with the codes "required", "too_long", "bad_sign", "name_taken" (in the same
            place), "no_parent" (or one that is archived), "loop".
    """
    faults = [
        *text_faults([("name", node.name), *texts], {*required, "name"}),
        *_place_faults(node, known),
    ]
    if faults:
        raise FieldsRejected(faults)


def refuse_bad_key(key: str, known: Iterable[Node]) -> None:
    """Raises: FieldsRejected, where a new one cannot have this key."""
    if not KEY.fullmatch(key):
        raise FieldsRejected(
            [Fault(("key",), "bad_key", "use at most 40 small letters, digits, - and _")]
        )
    if any(each.key == key for each in known):
        raise FieldsRejected([Fault(("key",), "key_taken", f"'{key}' is there already")])


def text_faults(texts: Iterable[tuple[str, str]], required: Collection[str]) -> Iterator[Fault]:
    """What is wrong with (field, what was typed), each for itself."""
    for field, text in texts:
        if fault := fault_in(text, field, longest=LONGEST, needed=field in required):
            yield fault


def _place_faults(node: _Either, known: Sequence[_Either]) -> Iterator[Fault]:
    if node.ended_at is None and _meets_its_name(node, in_use(known)):
        yield Fault(("name",), "name_taken", "another one in the same place is called so")
    before = next((each for each in known if each.key == node.key), None)
    if not node.parent or (before is not None and before.parent == node.parent):
        return
    if node.parent not in {each.key for each in in_use(known)}:
        hint = did_you_mean(node.parent, [each.key for each in in_use(known)])
        yield Fault(("parent",), "no_parent", f"there is no '{node.parent[:40]}'{hint}")
    elif node.parent in {node.key, *below(known, node.key)}:
        yield Fault(("parent",), "loop", "it cannot lie under itself")


def _meets_its_name(node: Node, others: Iterable[Node]) -> bool:
    """Whether another one in the same place is called so: people could not tell them apart."""
    return any(
        each.key != node.key
        and (each.parent or "") == (node.parent or "")
        and folded(each.name) == folded(node.name)
        for each in others
    )


def headcounts(
    nodes: Iterable[Node], own: Mapping[str, int], shared: Iterable[Collection[str]]
) -> Mapping[str, int]:
    """How many people stand for each unit or one below it; '' is the whole body.

    Args:
        own: how many stand for each unit itself.
        shared: for each of those who stand for several units, which.
    """
    lines = ancestors(nodes)
    whole = Counter[str]()
    for unit, number in own.items():
        for above in lines.get(unit, ("",)):
            whole[above] += number
    for units in shared:
        seen = Counter(above for unit in units for above in lines.get(unit, ("",)))
        whole.subtract({above: times - 1 for above, times in seen.items()})
    return whole


def holders(
    accounts: Iterable[Account], *, units: Collection[str] = (), services: Collection[str] = ()
) -> int:
    """How many accounts that have not ended hold a role on one of these by name."""
    return sum(
        any(grant.unit in units or grant.service in services for grant in account.grants)
        for account in accounts
        if account.ended_at is None
    )


def sight_of_unit(accounts: Iterable[Account], unit: str, before: Trees, after: Trees) -> Sight:
    """Whose roles reach a unit by one of two trees alone."""
    reach = [
        tuple(
            any(trees.covers(grant, unit=unit, service=grant.service) for grant in account.grants)
            for trees in (before, after)
        )
        for account in accounts
        if account.ended_at is None
    ]
    return Sight(gained=reach.count((False, True)), lost=reach.count((True, False)))


def events_for(
    events: Iterable[Event],
    trees: Trees,
    *,
    service: str = "",
    unit: str = "",
    first: date = date.min,
    last: date = date.max,
) -> list[Event]:
    """What changed for a service and a unit in these days, oldest first.

    An event counts where it touches what lies above or below: the move of payroll is marked in the
    figures of payroll, of everything, and of what lies below payroll.
    """

    def in_line(lines: Mapping[str, Collection[str]], one: str, other: str) -> bool:
        return one in lines.get(other, ("",)) or other in lines.get(one, ("",))

    found = [
        each
        for each in events
        if first <= each.day <= last
        and in_line(trees.services, each.service, service)
        and in_line(trees.units, each.unit, unit)
    ]
    return sorted(found, key=lambda each: (each.day, each.name))
