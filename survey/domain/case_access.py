"""Whose a problem report is to see and to work: by role on its school and service, or by name.

Those for few (personal data that went astray, somebody's safety) are for administrators of the
whole body, the data-protection contact, and whoever owns them.

Whoever provides a service sees those of its cases that staff handed to them by a word of their own,
from that word on, and never one for few: how it stands, what is for them or for everybody, and
nothing of who reported it or what they wrote.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from survey.domain.access import ALLOWED, Action, Trees, may
from survey.domain.accounts import Grant, Role
from survey.domain.case_records import CaseQuery, Reach
from survey.domain.cases import Audience, Case, CaseKind, Entry
from survey.domain.organisation import with_below
from survey.domain.records import ApiKey, KeySide, Part

_EVERYTHING: Final = ""


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks at cases: an account that is signed in, or an API key with what it is bound to.

    `is_contact` is the account for data protection.
    """

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


def may_restrict(looker: Looker, case: Case) -> bool:
    """Whether they may make it one for few, or lift that: whoever sees it then too."""
    return may_see(looker, replace(case, restricted=True), Action.WORK_CASES)


def reads_as(looker: Looker, case: Case) -> Audience | None:
    """As whom they read it: staff, or whoever provides its service; None where it is not theirs."""
    if may_see(looker, case):
        return Audience.STAFF
    handed_over = case.handed_over is not None
    return Audience.PROVIDER if handed_over and is_providers(looker, case) else None


def is_providers(looker: Looker, case: Case) -> bool:
    """Whether a word to the provider of its service is theirs to read, and with it the case."""
    grants, trees, action = looker.grants, looker.trees, Action.ANSWER_HANDED_OVER
    theirs = may(grants, action, trees, unit=case.unit, service=case.service)
    return theirs and not case.restricted


def shown_to(reader: Audience, case: Case) -> Case:
    """What of a case somebody is given who reads it so.

    A provider gets nothing that tells who reported it, nor what was typed into a report or found
    among staff.
    """
    if reader is Audience.STAFF:
        return case
    return replace(
        case,
        person=None,
        chat=None,
        email=None,
        system="",
        owner=None,
        team="",
        cause="",
        weight=None,
        impact=None,
        likelihood=None,
        problem=None,
    )


def entries_for(reader: Audience, case: Case, timeline: Iterable[Entry]) -> tuple[Entry, ...]:
    """What of a timeline; a provider reads from when the case was handed to them."""
    since = case.handed_over or 0 if reader is Audience.PROVIDER else 0
    return tuple(each for each in timeline if each.for_(reader) and each.number >= since)


def grants_of(key: ApiKey) -> frozenset[Grant]:
    """What a key may do with cases, as an account with these roles may."""
    role = Role.PROVIDER if key.side is KeySide.PROVIDER else Role.CASE_WORKER
    return frozenset(Grant(role, part.unit, part.service) for part in key.parts or {Part()})


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


def handed_to(query: CaseQuery, looker: Looker) -> CaseQuery:
    """The same question, about those cases alone that they see as the provider."""
    reach = reach_of(looker.grants, looker.trees, Action.ANSWER_HANDED_OVER)
    return replace(
        _with_those_below(query, looker.trees),
        reach=tuple(replace(each, handed_over=True) for each in reach),
        restricted=False,
        restricted_of=None,
    )


def reach_of(
    grants: Collection[Grant], trees: Trees, action: Action = Action.READ_CASES
) -> tuple[Reach, ...]:
    """What these grants open, each a part of its own; the same part once."""
    roles = ALLOWED[action]
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
