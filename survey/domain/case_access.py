"""Whose a problem report is to see and to work: by role on its school and service, or by name.

Those for few (personal data that went astray, somebody's safety) are for administrators of the
whole body, the data-protection contact, and whoever owns them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from survey.domain.access import ALLOWED, Action, Trees, may
from survey.domain.accounts import Grant
from survey.domain.case_records import CaseQuery, Reach
from survey.domain.cases import Case, CaseKind
from survey.domain.organisation import with_below

_EVERYTHING: Final = ""


@dataclass(frozen=True, slots=True)
class Looker:
    """A signed-in account that looks at cases; `is_contact` is the one for data protection."""

    account: UUID
    grants: frozenset[Grant]
    trees: Trees
    is_contact: bool = False

    @property
    def sees_few(self) -> bool:
        return self.is_contact or may(self.grants, Action.READ_RESTRICTED, self.trees)


def may_see(looker: Looker, case: Case, action: Action = Action.READ_CASES) -> bool:
    """Whether this case is theirs to see, or to work with `Action.WORK_CASES`."""
    if case.restricted:
        return looker.sees_few or case.owner == looker.account
    return may(looker.grants, action, looker.trees, unit=case.unit, service=case.service)


def is_the_schools(case: Case) -> bool:
    """Whether everybody who stands for its school may see it and take it over.

    Not what is for few, what somebody said in a survey, or what nobody known reported: whoever
    names a school need not be of it.
    """
    if case.restricted or case.kind is CaseKind.FEEDBACK:
        return False
    return bool(case.unit) and case.person is not None


def narrowed(query: CaseQuery, looker: Looker) -> CaseQuery:
    """The same question, about those cases alone that are theirs to see.

    A unit or service that is asked for stands for itself and all below it.

    The data-protection contact is shown those for few where their roles reach, and is led to others
    by name.
    """
    return replace(
        _with_those_below(query, looker.trees),
        reach=reach_of(looker.grants, looker.trees),
        restricted=query.restricted and looker.sees_few,
        restricted_of=looker.account if query.restricted else None,
    )


def _with_those_below(query: CaseQuery, trees: Trees) -> CaseQuery:
    """One with nothing below it stays as it is: an index has its cases in order."""
    units = with_below(query.unit, trees.units)
    services = with_below(query.service, trees.services)
    if query.unit and len(units) > 1:
        query = replace(query, unit="", units=units)
    if query.service and len(services) > 1:
        query = replace(query, service="", services=services)
    return query


def reach_of(grants: Collection[Grant], trees: Trees) -> tuple[Reach, ...]:
    """What these grants open, each a part of its own; the same part once."""
    roles = ALLOWED[Action.READ_CASES]
    parts = {
        Reach(
            units=_below(grant.unit, trees.units),
            services=_below(grant.service, trees.services),
        )
        for grant in grants
        if grant.role in roles
    }
    return (Reach(),) if Reach() in parts else tuple(sorted(parts, key=_told))


def _below(top: str, lines: Mapping[str, Collection[str]]) -> frozenset[str] | None:
    if top == _EVERYTHING:
        return None
    return frozenset(key for key, line in lines.items() if top in line)


def _told(reach: Reach) -> tuple[list[str], list[str]]:
    return sorted(reach.units or ()), sorted(reach.services or ())
