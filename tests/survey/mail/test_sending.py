"""From asking for a link to being signed in, over a real mail server."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from survey.domain.accounts import Stage
from survey.domain.audit import OPERATOR
from tests.support.application import Running, running
from tests.support.signing import PASSWORD, VIEWER, an_account
from tests.survey.mail.servers import Received, mail_server

EMAIL = "ann.lee@barnet.example"


@asynccontextmanager
async def sending(
    database_url: str, folder: Path, received: Received, *, demo: bool = False
) -> AsyncIterator[Running]:
    """The application with this mail server in its settings."""
    async with (
        mail_server(received) as port,
        running(
            database_url,
            folder,
            smtp_url=SecretStr(f"smtp://127.0.0.1:{port}"),
            mail_from="Barnet <surveys@barnet.example>",
            public_url="https://t.example",
            demo=demo,
        ) as here,
    ):
        yield here


def link_in(received: Received) -> str:
    body = received.letter().get_body(["plain"])
    assert body is not None
    found = re.search(r"https://t\.example/staff/link/(\S+)", body.get_content())
    assert found is not None
    return found[1]


async def test_a_link_that_was_asked_for_arrives_and_signs_in(
    database_url: str, tmp_path: Path
) -> None:
    received = Received()
    async with sending(database_url, tmp_path, received) as here:
        await an_account(here, grants=[VIEWER])
        await here.core.sign_in.ask_for_link(EMAIL, "cy")
        sent = await here.core.letters.send_due()
        begun = await here.core.sign_in.open(link_in(received), password=None)

    assert (sent, begun.session.stage) == (1, Stage.WHOLE)


async def test_an_invitation_arrives_and_is_taken_up(database_url: str, tmp_path: Path) -> None:
    received = Received()
    async with sending(database_url, tmp_path, received) as here:
        await here.core.accounts.invite(EMAIL, "Ann Lee", [VIEWER], None, by=OPERATOR)
        await here.core.letters.send_due()
        begun = await here.core.sign_in.open(link_in(received), password=PASSWORD)

    assert begun.session.stage is Stage.WHOLE


async def test_nothing_leaves_a_demonstration(database_url: str, tmp_path: Path) -> None:
    received = Received()
    async with sending(database_url, tmp_path, received, demo=True) as here:
        await here.core.accounts.invite(EMAIL, "Ann Lee", [VIEWER], None, by=OPERATOR)
        sent = await here.core.letters.send_due()

    assert (sent, received.envelopes) == (0, [])
