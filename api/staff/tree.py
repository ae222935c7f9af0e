"""A tree of units or services as a page shows it: a list in a list, of what was found."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from survey.domain.folding import folded
from survey.domain.organisation import ancestors
from survey.domain.records import Service, Unit
from survey.domain.structure import in_use

MOST_SHOWN: Final = 500
"""Of a larger tree the first ones are shown: others are found by name."""

DEEPER: Final = "\u2003"

_Either = TypeVar("_Either", Unit, Service)


class Show:
    """Which of them a list shows, as its address says it."""

    USED: Final = ""
    ARCHIVED: Final = "archived"
    BOTH: Final = "both"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One line of the tree with what stands below it; `found` is False for the way to others."""

    text: str
    href: str
    notes: tuple[str, ...]
    archived: bool
    found: bool
    below: tuple["Leaf", ...]


@dataclass(frozen=True, slots=True)
class Notes:
    """What a line says of one: where it leads, and what stands beside its name."""

    href: str
    notes: tuple[str, ...] = ()


def found_in(nodes: Sequence[_Either], *, text: str, show: str, kind: str = "") -> list[_Either]:
    """Those whose name or key holds the text (case and accents folded), of a kind of unit."""
    wanted = folded(text)
    return [
        each
        for each in nodes
        if (show == Show.BOTH or (each.ended_at is not None) == (show == Show.ARCHIVED))
        and (wanted in folded(each.name) or wanted in each.key)
        and (not kind or (isinstance(each, Unit) and each.kind == kind))
    ]


def grown(
    nodes: Sequence[_Either],
    found: Collection[str],
    describe: Callable[[_Either], Notes],
    *,
    most: int = MOST_SHOWN,
) -> tuple[Leaf, ...]:
    """The tree of what was found and of what it lies under, in the order of `nodes`.

    Args:
        nodes: all that may be seen.
        found: their keys.
    """
    known = {each.key for each in nodes}
    lines = ancestors(nodes)
    shown = {above for key in found for above in lines[key] if above in known}
    below = defaultdict[str, list[_Either]](list)
    for each in nodes:
        if each.key in shown:
            below[each.parent if each.parent in shown else ""].append(each)
    first = set(list(_in_order(below, ""))[:most])

    def leaf(node: _Either) -> Leaf:
        said = describe(node)
        return Leaf(
            text=node.name,
            href=said.href,
            notes=said.notes,
            archived=node.ended_at is not None,
            found=node.key in found,
            below=tuple(leaf(each) for each in below[node.key] if each.key in first),
        )

    return tuple(leaf(each) for each in below[""] if each.key in first)


def options(nodes: Sequence[_Either]) -> list[tuple[str, str]]:
    """(key, name) of each that is in use, as `indented`."""
    return indented(in_use(nodes))


def indented(nodes: Sequence[_Either]) -> list[tuple[str, str]]:
    """(key, name) of each in the order of the tree, the deeper ones set in."""
    return [(each.node.key, DEEPER * each.depth + each.node.name) for each in in_tree(nodes)]


@dataclass(frozen=True, slots=True)
class Placed(Generic[_Either]):
    """One of a tree: how deep it stands, and the key of the nearest of them above it, or ''."""

    node: _Either
    depth: int
    above: str


def in_tree(nodes: Sequence[_Either], *, of: Sequence[_Either] = ()) -> list[Placed[_Either]]:
    """Each in the order of the tree, below the nearest above it that is among them.

    Args:
        of: the whole tree, where one between two of them may be missing.
    """
    known, lines = {each.key for each in nodes}, ancestors(of or nodes)
    above = {key: next((each for each in lines[key][1:] if each in known), "") for key in known}
    below = defaultdict[str, list[_Either]](list)
    for each in nodes:
        below[above[each.key]].append(each)

    def placed(key: str, depth: int) -> Iterator[Placed[_Either]]:
        for each in below[key]:
            yield Placed(each, depth, key)
            yield from placed(each.key, depth + 1)

    return list(placed("", 0))


def _in_order(below: defaultdict[str, list[_Either]], key: str) -> Iterator[str]:
    for each in below[key]:
        yield each.key
        yield from _in_order(below, each.key)
