"""A demonstration: nobody is signed in silently, and a button lets one look round as somebody."""

from pathlib import Path

import pytest

from survey.domain.accounts import Role
from tests.support.application import running
from tests.support.web import on_the_web

BUTTONS = {
    "Look round as a manager": {Role.SERVICE_MANAGER, Role.SURVEY_MANAGER},
    "Look round as a survey manager": {Role.SURVEY_MANAGER},
    "Look round as an administrator": {Role.ADMINISTRATOR},
    "Look round as a councillor": {Role.VIEWER},
}


@pytest.mark.parametrize("page", ["/", "/staff/sign-in"])
@pytest.mark.parametrize("button", BUTTONS)
async def test_a_button_signs_in_as_an_invented_account_and_a_banner_says_so(
    button: str, page: str, tmp_path: Path
) -> None:
    async with (
        running(f"sqlite:///{tmp_path / 'demo.sqlite'}", tmp_path, demo=True) as here,
        on_the_web(here) as person,
    ):
        await person.opens(page)
        assert "are invented" in person.text
        assert person.http.cookies.get("tellback-staff") is None
        await person.presses(button)

        assert (person.path, person.status) == ("/staff", 200)
        signed_in = await here.core.staff_sessions.who(person.http.cookies["tellback-staff"])
        assert signed_in.account.roles == BUTTONS[button]
        assert f"You look round as: {signed_in.account.name}." in person.page.text
        await person.opens("/staff/sign-in")
        assert person.has(button)


async def test_another_role_or_a_form_from_elsewhere_signs_nobody_in(tmp_path: Path) -> None:
    async with (
        running(f"sqlite:///{tmp_path / 'demo.sqlite'}", tmp_path, demo=True) as here,
        on_the_web(here) as person,
    ):
        await person.opens("/")
        sending = person.sending("Look round as a manager")
        for wrong in (sending.with_(role="emperor"), sending.with_(csrf="of another page")):
            await person.sends(wrong)
            assert person.status in (403, 404)
            assert person.http.cookies.get("tellback-staff") is None


async def test_outside_a_demonstration_there_is_no_such_button(tmp_path: Path) -> None:
    async with (
        running(f"sqlite:///{tmp_path / 'real.sqlite'}", tmp_path) as here,
        on_the_web(here) as person,
    ):
        for page in ("/", "/staff/sign-in"):
            await person.opens(page)
            assert "Look round" not in person.page.text
        answer = await person.http.post("/staff/look-round", data={"role": "manager"})

        assert answer.status_code == 403
        assert person.http.cookies.get("tellback-staff") is None
