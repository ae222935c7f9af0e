"""What a file of people or units would change: to look at before anything is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from survey.domain.twins import Decision
from survey.errors import Fault

T = TypeVar("T")

MANY: Final = 0.3
"""The share of all that there are, whose end stops an import until somebody says yes."""


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """A person or unit before (None: new) and after, and the row of the file that says so."""

    row: int
    before: T | None
    after: T


@dataclass(frozen=True, slots=True)
class Plan(Generic[T]):
    """What a file would change; each person or unit is in one of the lists.

    Who is `returned` or `moved` may have other changes too; the `removed` are as they will be.
    `present` is how many there are now that have not ended, `skipped` how many rows are passed
    over. With faults nothing else is worked out: `faults` are the first ones, `faulty` is how many
    rows have any. `decisions` are still to be made.
    """

    added: tuple[Change[T], ...] = ()
    changed: tuple[Change[T], ...] = ()
    moved: tuple[Change[T], ...] = ()
    returned: tuple[Change[T], ...] = ()
    removed: tuple[T, ...] = ()
    unchanged: int = 0
    present: int = 0
    skipped: int = 0
    warnings: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    faults: tuple[Fault, ...] = ()
    faulty: int = 0

    @property
    def kept(self) -> list[T]:
        """All that is to be written, as it will be."""
        changes = (*self.added, *self.changed, *self.moved, *self.returned)
        return [*(change.after for change in changes), *self.removed]

    @property
    def changes_nothing(self) -> bool:
        return not (self.added or self.changed or self.moved or self.returned or self.removed)

    @property
    def needs_confirmation(self) -> bool:
        """Whether so many would end that it may be the wrong file."""
        return bool(self.removed) and len(self.removed) >= self.present * MANY

    @property
    def counts(self) -> Mapping[str, int]:
        """How many are in each list, for messages and for the record."""
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "moved": len(self.moved),
            "returned": len(self.returned),
            "deactivated": len(self.removed),
            "unchanged": self.unchanged,
        }
