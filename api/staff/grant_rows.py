"""Roles as a form asks for them: one row each, of a role, a school or department, and a service.

Without a script a row is added by a button that posts the form back; a row without a role counts as
none.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import FormData

from api.staff.roles import DUTIES, ROLES
from api.staff.trend_words import tree_options
from survey.domain.accounts import Grant, Role
from survey.domain.language import N_
from survey.domain.records import Service, Unit

ADD: Final = "add"
"""The button that asks for one more row."""

MOST_ROWS: Final = 20

Options = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Row:
    """What was chosen in one row; `role` is empty where nothing was."""

    role: str = ""
    unit: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a row offers: (value, text) each; and what each role, by its name, lets one do."""

    roles: Options
    units: Options
    services: Options
    duties: Options


def rows_of(grants: Iterable[Grant]) -> list[Row]:
    """The rows that show these roles; at least one."""
    return [Row(grant.role, grant.unit, grant.service) for grant in sorted(grants)] or [Row()]


def posted_rows(form: FormData) -> list[Row]:
    """The rows that were posted, with one more where the button asked for it."""
    rows: list[Row] = []
    while len(rows) < MOST_ROWS and f"role-{len(rows)}" in form:
        rows.append(_row(form, len(rows)))
    asked = form.get("action") == ADD and len(rows) < MOST_ROWS
    return [*rows, Row()] if asked or not rows else rows


def _row(form: FormData, number: int) -> Row:
    role, unit, service = (
        str(form.get(f"{name}-{number}") or "") for name in ("role", "unit", "service")
    )
    return Row(role, unit, service)


def grants_of(rows: Iterable[Row]) -> frozenset[Grant]:
    """What the rows give; of a role that there is not, nothing."""
    return frozenset(
        Grant(Role(row.role), row.unit, row.service) for row in rows if row.role in set(Role)
    )


def choices(
    rows: Sequence[Row],
    say: Callable[[str], str],
    units: Sequence[Unit],
    services: Sequence[Service],
    language: str,
) -> Choices:
    """What there is to choose from now, and what is chosen in the rows though it has ended.

    Without the latter, saving a form as it was opened would give a role on everything instead.
    """
    of_units, of_services = {row.unit for row in rows}, {row.service for row in rows}
    named = [
        (service.key, service.called(language))
        for service in services
        if service.ended_at is None or service.key in of_services
    ]
    kept = [unit for unit in units if unit.ended_at is None or unit.key in of_units]
    return Choices(
        roles=[("", say(N_("Choose a role"))), *((role, say(ROLES[role])) for role in Role)],
        units=_with(of_units, [("", say(N_("All schools and departments"))), *tree_options(kept)]),
        services=_with(
            of_services,
            [
                ("", say(N_("All services"))),
                *sorted(named, key=lambda option: option[1].casefold()),
            ],
        ),
        duties=[(say(ROLES[role]), say(DUTIES[role])) for role in Role],
    )


def _with(chosen: Iterable[str], options: Options) -> Options:
    """The options, with those that are chosen and not among them, by their keys."""
    known = {value for value, _ in options}
    return [*options, *((key, key) for key in sorted(set(chosen) - known))]
