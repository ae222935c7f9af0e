"""How answers came (chat, web, telephone, paper), told so that no small group can be worked out.

The number of all answers is on the same page. So where one way has too few answers, the smallest
others are put together with it until their sum leaves open how many came in which of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_ROOM: Final = 4
"""As many as there are ways: see `ways_shown`."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Answers by way, the most first; `others` are those of all ways that are not told apart."""

    shown: tuple[tuple[str, int], ...]
    others: int = 0


def ways_shown(counted: Mapping[str, int], *, floor: int, attributed: bool) -> Ways | None:
    """What may be told; None where nothing may.

    Of each way shown there are at least `floor` answers; where a body answers by name, all is told.
    What is put together is at least four times `floor`, so that any small way in it may be
    anything under `floor` and another one holds the rest; and no more than the least that is
    shown, which would else bound that other one from above.
    """
    told = sorted(
        ((way, n) for way, n in counted.items() if n), key=lambda each: (-each[1], each[0])
    )
    large = [each for each in told if attributed or each[1] >= floor]
    together = sum(n for _, n in told[len(large) :])
    if not together:
        return Ways(tuple(large)) if large else None
    while large and not _ROOM * floor <= together <= large[-1][1]:
        together += large.pop()[1]
    return Ways(tuple(large), together) if large else None
