"""New people in a file who may be there already, under another key."""

from collections.abc import Collection, Iterator, Mapping, Sequence
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
) -> Sequence[Decision]:
    """For each who may be somebody known, or somebody in an earlier row, the nearest such.

    Letters are compared without case, accents and doubled spaces. `leaving` are those whom the
    file leaves out: who has the name of one may have moved and got another key.
    """
    met = _met(new, known, leaving)
    if not met:
        return ()
    there: dict[_Mark, tuple[str, int | None]] = {}
    for person in known.values():
        for mark in _marks(person.key, person):
            if hash(mark) in met:
                there.setdefault(mark, (person.key, None))
    for person in leaving:
        there.setdefault(("left", folded(person.name)), (person.key, None))
    found: list[Decision] = []
    for each in new:
        marks = [m for m in _marks(each.key, each.fields, moved=True) if hash(m) in met]
        if nearest := next((mark for mark in marks if mark in there), None):
            other, twin = there[nearest]
            found.append(Decision(each.row, each.key, other, nearest[0], twin))
        else:
            there |= dict.fromkeys(
                (mark for mark in marks if mark[0] != "left"), (each.key, each.row)
            )
    return found


def _met(
    new: Sequence[Listed], known: Mapping[str, Person], leaving: Sequence[Person]
) -> Collection[int]:
    """Hashes of the marks that a new person shares with anybody: the few that are worth keeping.

    The marks of a hundred thousand people would take more memory than the people.
    """
    once: set[int] = set()
    met: set[int] = set()
    for each in new:
        for mark in _marks(each.key, each.fields, moved=True):
            (met if hash(mark) in once and mark[0] != "left" else once).add(hash(mark))
    if not new:
        return met
    for person in known.values():
        met.update(h for h in map(hash, _marks(person.key, person)) if h in once)
    met.update(h for each in leaving if (h := hash(("left", folded(each.name)))) in once)
    return met


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
