"""New people in a file who may be there already, under another key."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from survey.domain.folding import folded
from survey.domain.people import Person
from survey.domain.people_file import Listed
from survey.domain.person_fields import Fields

_Mark = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """A new key in this row, and the key of somebody who may be the same person.

    `why` is "email", "name" (and unit), "left" (the name of somebody whom the file leaves out) or
    "case" (of the key). `twin` is the row of the other where that is new too.
    """

    row: int
    key: str
    other: str
    why: str
    twin: int | None = None


def twins(
    new: Sequence[Listed], known: Mapping[str, Person], leaving: Sequence[Person]
) -> Iterator[Decision]:
    """For each who may be somebody known, or somebody in an earlier row, the nearest such.

    Letters are compared without case, accents and doubled spaces. `leaving` are those whom the
    file leaves out: who has the name of one may have moved and got another key.
    """
    wanted = {mark for each in new for mark in _marks(each.key, each.fields, moved=True)}
    there: dict[_Mark, tuple[str, int | None]] = {}
    for person in known.values():
        for mark in _marks(person.key, person):
            if mark in wanted:
                there.setdefault(mark, (person.key, None))
    for person in leaving:
        there.setdefault(("left", folded(person.name)), (person.key, None))
    for each in new:
        found = next(
            (mark for mark in _marks(each.key, each.fields, moved=True) if mark in there), None
        )
        if found is not None:
            other, twin = there[found]
            yield Decision(each.row, each.key, other, found[0], twin)
        else:
            there |= dict.fromkeys(_marks(each.key, each.fields), (each.key, each.row))


def _marks(key: str, said: Person | Fields, *, moved: bool = False) -> Iterator[_Mark]:
    """By what one may be known, the surest first; each begins with the word for why."""
    name = folded(said.name)
    yield "case", key.casefold()
    if said.email:
        yield "email", said.email
    for unit in said.units or ("",):
        yield "name", name, unit
    if moved:
        yield "left", name
