"""As few boxes as cover what leads somewhere: how a table of truths becomes a sentence.

A box says of each dimension which values it may have, whatever the others have. Each is as wide as
it can be, which makes it a prime implicant (W. V. Quine, "The Problem of Simplifying Truth
Functions", American Mathematical Monthly 59(8), 1952), with values for truths; they are taken until
all is covered, which need not be the fewest.
"""

from collections.abc import Collection, Iterator, Sequence, Set
from itertools import product
from typing import Final

from survey.domain.branches.tried import State
from survey.domain.expressions import Value

MOST_BOXES: Final = 12
"""More cannot be told, and are not looked for."""

Box = tuple[frozenset[Value], ...]
"""Of each aspect the values that it may have, whatever the others have."""


def boxes_of(
    domains: Sequence[Sequence[Value]], leading: Set[State], free: Set[State]
) -> Iterator[Box]:
    """Boxes that hold all leading states, and but for them only free ones; each as wide as can be.

    At most one more than can be told.
    """
    allowed = leading | free
    left = [state for state in product(*domains) if state in leading]
    found: list[Box] = []
    while left and len(found) <= MOST_BOXES:
        box = _widest(left[0], domains, allowed)
        found.append(box)
        left = [state for state in left if not _holds(box, state)]
    yield from sorted(found, key=lambda box: _narrowed(box, domains))


def _holds(box: Box, state: State) -> bool:
    return all(value in values for value, values in zip(state, box, strict=True))


def _narrowed(box: Box, domains: Sequence[Sequence[Value]]) -> tuple[int, ...]:
    """Which aspects a box says something of: what is told of the first question comes first."""
    pairs = enumerate(zip(box, domains, strict=True))
    return tuple(index for index, (values, whole) in pairs if len(values) < len(whole))


def _widest(state: State, domains: Sequence[Sequence[Value]], allowed: Collection[State]) -> Box:
    """Widened in the order of the questions: what is nearest to the one asked stays said."""
    box = [frozenset((value,)) for value in state]
    for index, values in enumerate(domains):
        for value in values:
            slice_ = [*box[:index], (value,), *box[index + 1 :]]
            if all(each in allowed for each in product(*slice_)):
                box[index] |= {value}
    return tuple(box)
