"""A33: every door of staff names what one does behind it; one that does not fails the build."""

from typing import Final

import pytest
from fastapi import FastAPI

from api.access import Rule
from api.app import create_app
from api.staff.shell import HOME, is_at
from survey.domain.access import ALLOWED, Action
from survey.domain.accounts import Role
from tests.doors.routes import doors
from tests.support.application import Running
from tests.support.databases import DatabaseKind

FOR_EVERY_ACCOUNT: Final = ("/staff/account", "/staff/sign-out")
"""Beside the start page: one's own account with what lies below it."""

ON_THE_WAY_IN: Final = ("/staff/sign-in", "/staff/sso", "/staff/link", "/staff/look-round")
"""Where somebody signs in, who is nobody before."""


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


@pytest.fixture
def app(here: Running) -> FastAPI:
    return create_app(here.core, here.figures)


def undeclared(app: FastAPI) -> list[str]:
    """Doors of staff behind which anybody signed in, or anybody at all, could do something."""
    return [
        f"{door.method} {door.path}: {door.rule.name}, {door.action}"
        for door in doors(app)
        if door.path.startswith("/staff") and not _declared(door.path, door.rule, door.action)
    ]


def _declared(path: str, rule: Rule, action: Action | None) -> bool:
    if rule is Rule.STAFF:
        own = path == HOME or any(is_at(path, each) for each in FOR_EVERY_ACCOUNT)
        return own if action is None else not own
    if rule is Rule.FIGURES:
        return is_at(path, "/staff/trends")
    return any(is_at(path, each) for each in ON_THE_WAY_IN)


def test_a33_every_door_of_staff_names_what_one_does_behind_it(app: FastAPI) -> None:
    assert undeclared(app) == []
    assert any(door.action is Action.READ_PEOPLE for door in doors(app))


def test_a_door_whose_action_or_rule_is_taken_away_is_named(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them, one after the other."""
    guarded = {door.path: door for door in doors(app) if door.action is not None}
    assert guarded
    for path, door in guarded.items():
        with monkeypatch.context() as broken:
            broken.setattr(door.lock, "action", None)
            assert any(f" {path}: STAFF, None" in each for each in undeclared(app))
        with monkeypatch.context() as broken:
            broken.setattr(door.lock, "rule", Rule.ANYBODY)
            assert any(f" {path}: ANYBODY" in each for each in undeclared(app))
    assert undeclared(app) == []


def test_every_action_is_allowed_to_somebody_and_none_to_everybody_who_can_change_things() -> None:
    assert set(ALLOWED) == set(Action)
    for action, roles in ALLOWED.items():
        if action is Action.ANSWER_HANDED_OVER:
            assert roles == {Role.PROVIDER}
            continue
        assert Role.ADMINISTRATOR in roles
        assert Role.PROVIDER not in roles
        if action is Action.WORK_CASES:
            assert Role.VIEWER not in roles
        elif not action.value.startswith("read"):
            assert not roles & {Role.VIEWER, Role.CASE_WORKER}
