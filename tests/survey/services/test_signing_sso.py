"""Signing in as whom a provider vouches for, and looking round a demonstration."""

from pathlib import Path

import pytest

from survey.domain.access import Action, may
from survey.domain.accounts import Method, Role, Stage
from survey.errors import NotFound, Refused, SignInRefused
from survey.services.looking_round import Looker
from tests.support.application import Running, running
from tests.support.signing import PASSWORD, VIEWER, an_account, kept

ISSUER = "https://sign-on.example"
EMAIL = "ann.lee@barnet.example"


async def test_who_is_invited_is_known_by_a_verified_address_and_then_by_the_subject(
    here: Running,
) -> None:
    account = await an_account(here)
    sign_in = here.core.sign_in

    first = await sign_in.by_sso(ISSUER, "007", EMAIL.upper(), True, second_factor=True)
    again = await sign_in.by_sso(ISSUER, "007", "new.name@barnet.example", False, True)

    assert (first.session.account, again.session.account) == (account.id, account.id)
    assert (first.session.stage, first.session.method) == (Stage.WHOLE, Method.SSO)
    assert (await kept(here, account)).subject == f"{ISSUER} 007"


@pytest.mark.parametrize(
    ("roles", "second_factor", "stage"),
    [
        ("manager", False, Stage.SET_UP),
        ("manager", True, Stage.WHOLE),
        ("viewer", False, Stage.WHOLE),
    ],
)
async def test_a_second_factor_that_the_provider_did_not_see_is_asked_for_here(
    here: Running, roles: str, second_factor: bool, stage: Stage
) -> None:
    if roles == "viewer":
        await an_account(here, grants=[VIEWER])
    else:
        await an_account(here)

    begun = await here.core.sign_in.by_sso(ISSUER, "007", EMAIL, True, second_factor)

    assert begun.session.stage is stage


@pytest.mark.parametrize(
    "case", ["nobody", "not verified", "no address", "ended", "of another", "ended and bound"]
)
async def test_nobody_else_comes_in_and_no_account_is_made(here: Running, case: str) -> None:
    ended = here.clock.now() if case.startswith("ended") else None
    subject = {"of another": f"{ISSUER} 008", "ended and bound": f"{ISSUER} 007"}.get(case)
    email = "somebody.else@barnet.example" if case == "nobody" else EMAIL
    await an_account(here, email, password=PASSWORD, ended_at=ended, subject=subject)

    with pytest.raises(SignInRefused):
        await here.core.sign_in.by_sso(
            ISSUER, "007", None if case == "no address" else EMAIL, case != "not verified", True
        )

    async with here.core.begin.read() as work:
        assert len(await work.accounts.all()) == 1


async def test_the_same_subject_at_another_provider_is_somebody_else(here: Running) -> None:
    await an_account(here, subject=f"{ISSUER} 007")

    with pytest.raises(SignInRefused):
        await here.core.sign_in.by_sso("https://else.example", "007", EMAIL, True, True)


async def test_outside_a_demonstration_nobody_looks_round(here: Running) -> None:
    with pytest.raises(Refused):
        await here.core.sign_in.look_round("administrator")


async def test_in_a_demonstration_each_role_sees_what_it_would(
    database_url: str, tmp_path: Path
) -> None:
    async with running(database_url, tmp_path, demo=True) as here:
        begun = {each: await here.core.sign_in.look_round(each) for each in Looker}
        again = await here.core.sign_in.look_round("manager")
        accounts = {
            each: (await here.core.staff_sessions.who(one.secret)).account
            for each, one in begun.items()
        }
        trees = await here.core.organisation.trees()
        with pytest.raises(NotFound):
            await here.core.sign_in.look_round("operator")

    assert {one.session.stage for one in begun.values()} == {Stage.WHOLE}
    assert again.session.account == accounts[Looker.MANAGER].id
    assert accounts[Looker.ADMINISTRATOR].roles == {Role.ADMINISTRATOR}
    assert accounts[Looker.COUNCILLOR].grants == {VIEWER}
    reads = [
        may(accounts[Looker.MANAGER].grants, Action.READ_FIGURES, trees, unit=unit)
        for unit in ("schools", "oakfield", "adult-social-care", "")
    ]
    assert reads == [True, True, False, False]
