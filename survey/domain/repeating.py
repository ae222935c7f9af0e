"""What comes a second time is an entry once: an entry holds a mark of what it was kept for."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from survey.domain.cases import Entry, Said

_KEPT_FOR: Final = "repeats"


def marked(said: Said, mark: str) -> Said:
    """What is said, with the mark of the request or update that it came by; it tells nothing."""
    return replace(said, data={**said.data, _KEPT_FOR: mark})


def kept_before(timeline: Iterable[Entry], mark: str) -> Entry | None:
    """The entry that was kept for the same; None where there is none."""
    return next((each for each in timeline if each.data.get(_KEPT_FOR) == mark), None)
