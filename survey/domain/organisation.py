"""The organisation tree: who lies below whom."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Protocol

from survey.domain.records import Unit

DEEPEST: Final = 50
"""Levels of a tree: no body has as many, and pages walk down them."""


class Node(Protocol):
    """A unit, or a service."""

    @property
    def key(self) -> str: ...
    @property
    def parent(self) -> str | None: ...


def with_below(key: str, lines: Mapping[str, Collection[str]]) -> frozenset[str]:
    """The key itself, also where there is no such one, and those below it, of `ancestors`."""
    return frozenset({key, *(each for each, line in lines.items() if key in line)})


def ancestors(nodes: Iterable[Node]) -> Mapping[str, tuple[str, ...]]:
    """For each unit (or service) its key and those above it, nearest first; '' (all) is last.

    One that does not exist any more has no entry.
    """
    parents = {node.key: node.parent for node in nodes}
    found: dict[str, tuple[str, ...]] = {}
    for key in parents:
        line: list[str] = []
        here: str | None = key
        while here is not None and here not in line:
            line.append(here)
            here = parents.get(here)
        found[key] = (*line, "")
    return found


def roll_up(homes: Sequence[str], units: Sequence[Unit], *, floor: int) -> list[str]:
    """For each person's unit, the smallest unit above (or itself) with at least `floor` of them.

    People settle bottom-up: those of a unit that has the floor stay there; the others move to its
    parent and are counted there together with whoever else moved up. '' holds all that is left.
    """
    lines = ancestors(units)
    places = [lines.get(home, (home, "")) if home else ("",) for home in homes]
    levels = [0] * len(homes)
    while True:
        crowd = Counter(place[level] for place, level in zip(places, levels, strict=True))
        small = [
            index
            for index, (place, level) in enumerate(zip(places, levels, strict=True))
            if place[level] and crowd[place[level]] < floor
        ]
        if not small:
            return [place[level] for place, level in zip(places, levels, strict=True)]
        deepest = max(len(places[index]) - levels[index] for index in small)
        for index in small:
            if len(places[index]) - levels[index] == deepest:
                levels[index] += 1


def first_loop(parents: Mapping[str, str | None]) -> tuple[str, ...]:
    """The keys of a loop of parents, or nothing where the tree is sound."""
    sound: set[str] = set()
    for key in parents:
        line: dict[str, None] = {}
        here: str | None = key
        while here is not None and here not in sound:
            if here in line:
                keys = list(line)
                return tuple(keys[keys.index(here) :])
            line[here] = None
            here = parents.get(here)
        sound.update(line)
    return ()


def first_too_deep(parents: Mapping[str, str | None], *, most: int = DEEPEST) -> str | None:
    """A key of a sound tree that has `most` others above it or more; None where there is none."""
    for key in parents:
        here = parents.get(key)
        for _ in range(most):
            if here is None:
                break
            here = parents.get(here)
        else:
            return key
    return None
