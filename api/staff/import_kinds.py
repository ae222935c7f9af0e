"""Lists of people and of units: where their pages are, and how they are planned and kept."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from api.staff import import_words
from api.staff.import_words import Section
from api.staff.shell import Desk
from survey.domain.access import Action
from survey.domain.language import N_
from survey.domain.plan import Plan
from survey.domain.staffing import Duplicates
from survey.services.uploads import Uploaded

PEOPLE: Final = "/staff/people/upload"
UNITS: Final = "/staff/units/upload"

WHOLE: Final = "whole"
SOME: Final = "some"


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose about a list; both stand in the address of its preview.

    `same` is what to do with new people who may be there already, None until that is decided.
    """

    whole: bool
    same: Duplicates | None = None

    @property
    def query(self) -> str:
        chosen = f"?list={WHOLE if self.whole else SOME}"
        return f"{chosen}&same={self.same}" if self.same else chosen

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """Only a clear word makes it the whole list: else nobody leaves."""
        same = fields.get("same")
        return cls(
            whole=fields.get("list") == WHOLE,
            same=Duplicates(same) if same in set(Duplicates) else None,
        )


@dataclass(frozen=True, slots=True)
class Kind:
    """People or units: where their pages are, and how their lists are planned and kept."""

    name: str
    path: str
    action: Action
    back: str
    listed: str
    title: str
    plan: Callable[[Desk, Uploaded, Choice], Awaitable[Plan[Any]]]
    keep: Callable[[Desk, Uploaded, Choice, int], Awaitable[Plan[Any]]]
    sections: Callable[[Plan[Any], Mapping[str, str], Callable[[str], str]], list[Section]]


OF_PEOPLE: Final = Kind(
    name="people",
    path=PEOPLE,
    action=Action.EDIT_PEOPLE,
    back="/staff/people",
    listed=N_("People"),
    title=N_("Upload a list of people"),
    plan=lambda desk, sent, choice: desk.app.importing.plan_people(
        sent.open, sent.name, whole=choice.whole, duplicates=choice.same
    ),
    keep=lambda desk, sent, choice, confirmed: desk.app.importing.import_people(
        sent.open,
        sent.name,
        by=desk.actor,
        confirmed=confirmed,
        duplicates=choice.same,
        whole=choice.whole,
    ),
    sections=import_words.people_sections,
)

OF_UNITS: Final = Kind(
    name="units",
    path=UNITS,
    action=Action.EDIT_UNITS,
    back="/staff/units",
    listed=N_("Schools and departments"),
    title=N_("Upload a list of schools and departments"),
    plan=lambda desk, sent, choice: desk.app.importing.plan_units(
        sent.open, sent.name, whole=choice.whole
    ),
    keep=lambda desk, sent, choice, confirmed: desk.app.importing.import_units(
        sent.open, sent.name, by=desk.actor, confirmed=confirmed, whole=choice.whole
    ),
    sections=import_words.unit_sections,
)
