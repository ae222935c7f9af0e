"""Asking for a link by e-mail: the same answer for every address."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.support.application import Running, running
from tests.support.signing import an_account
from tests.support.web import on_the_web

EMAIL = "ann.lee@barnet.example"


@pytest.mark.parametrize("page", ["link", "forgotten"])
async def test_every_address_gets_the_same_answer(page: str, here: Running) -> None:
    await an_account(here, EMAIL)
    told = set()
    async with on_the_web(here) as person:
        for email in (EMAIL, "nobody@barnet.example"):
            for _ in range(5):
                await person.opens(f"/staff/sign-in/{page}")
                person.types(email, into="email")
                await person.presses("Send the e-mail")
                assert (person.status, person.heading) == (200, "Check your e-mail")
                told.add(person.text.replace(email, ""))

    assert len(told) == 1


@pytest.mark.parametrize("page", ["link", "forgotten"])
async def test_what_is_no_address_is_told(page: str, here: Running) -> None:
    async with on_the_web(here) as person:
        await person.opens(f"/staff/sign-in/{page}")
        person.types("ann", into="email")
        await person.presses("Send the e-mail")

        assert person.status == 422
        assert person.error == "Enter an e-mail address, such as name@council.example"


async def test_a_form_from_elsewhere_sends_nothing(here: Running) -> None:
    async with on_the_web(here) as person:
        await person.opens("/staff/sign-in/link")
        person.types(EMAIL, into="email")
        await person.sends(person.sending("Send the e-mail").with_(csrf="of another page"))

        assert person.status == 403


async def test_a_way_is_offered_only_where_it_leads_somewhere(
    database_url: str, tmp_path: Path
) -> None:
    async with running(database_url, tmp_path) as here, on_the_web(here) as person:
        await person.opens("/staff/sign-in")
        assert "Ask an administrator of this service." in person.text
        assert person.page.one("main").all("a") == []
    async with (
        running(
            database_url,
            tmp_path,
            smtp_url=SecretStr("smtp://127.0.0.1:25"),
            mail_from="tellback@barnet.example",
            bot_username="barnet_bot",
        ) as here,
        on_the_web(here) as person,
    ):
        await person.opens("/staff/sign-in?next=/staff/people")
        links = {each.text: each.attributes["href"] for each in person.page.one("main").all("a")}

    assert links == {
        "E-mail me a sign-in link": "/staff/sign-in/link?next=%2Fstaff%2Fpeople",
        "Sign in through Telegram": "https://t.me/barnet_bot?start=l_in",
        "Forgotten your password?": "/staff/sign-in/forgotten?next=%2Fstaff%2Fpeople",
    }
