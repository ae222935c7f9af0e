"""A campaign by e-mail from the outbox to the receipt: real letters, read as people read them."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from pydantic import SecretStr

from api.app import create_app
from survey.domain.audit import OPERATOR
from survey.domain.waves import InvitationState
from tests.support.application import Running, running
from tests.support.asked import Asked, a_wave, asked, invitation_of
from tests.support.sending import a_sender
from tests.support.web import browsing
from tests.survey.domain.test_bounces import group, report
from tests.survey.mail.servers import Received, mail_server


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture
async def here(database_url: str, tmp_path: Path, received: Received) -> AsyncIterator[Running]:
    async with (
        mail_server(received) as port,
        running(
            database_url,
            tmp_path,
            smtp_url=SecretStr(f"smtp://127.0.0.1:{port}"),
            mail_from="Barnet surveys <surveys@barnet.example>",
            public_url="https://tellback.barnet.example",
        ) as application,
    ):
        yield application


async def send(here: Running) -> None:
    sender = a_sender(here.core, here.core.email_channel, clock=here.clock)
    while await sender.send_due():
        pass


async def two(here: Running) -> tuple[Asked, Asked]:
    wave = await a_wave(here)
    waiting = InvitationState.WAITING
    return (
        await asked(here, wave, state=waiting),
        await asked(here, wave, key="bob", email="bob@barnet.example", state=waiting),
    )


def letters(received: Received) -> dict[str, EmailMessage]:
    """By whom they are to."""
    found = {}
    for envelope in received.envelopes:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        found[str(message["To"])] = message
    return found


def link_in(message: EmailMessage, kind: str, part: str) -> str:
    body = message.get_body([kind])
    assert body is not None
    found = re.search(
        rf"https://tellback\.barnet\.example(/{part}/[\w-]{{43}})", body.get_content()
    )
    assert found is not None
    return found[1]


async def test_somebody_is_written_to_answers_and_another_leaves_in_one_click(
    here: Running, received: Received
) -> None:
    ann, bob = await two(here)
    await send(here)

    by_mail = letters(received)
    assert set(by_mail) == {"ann.lee@barnet.example", "bob@barnet.example"}
    for each in (ann, bob):
        assert (await invitation_of(here, each)).state is InvitationState.DELIVERED
    anns, bobs = by_mail["ann.lee@barnet.example"], by_mail["bob@barnet.example"]
    assert link_in(anns, "plain", "i") == link_in(anns, "html", "i") == f"/i/{ann.token}"
    app = create_app(here.core, here.figures)
    async with browsing(app) as person:
        person.http.base_url = "https://testserver"
        await person.opens(link_in(anns, "html", "i"))
        await person.presses("Start")
        await person.answers(*["Agree"] * 7, "")
        await person.presses("Send my answers")
        assert person.heading == "Thank you. Your answers are in the box"
    async with browsing(app) as software:
        # As mail software does it: the address and the body that the letter's headers name.
        address = re.findall(r"<(https://[^>]+)>", str(bobs["List-Unsubscribe"]))[0]
        name, _, value = str(bobs["List-Unsubscribe-Post"]).partition("=")
        path = address.removeprefix("https://tellback.barnet.example")
        assert (await software.http.post(path, data={name: value})).status_code == 200

    assert (await invitation_of(here, ann)).state is InvitationState.ANSWERED
    assert (await invitation_of(here, bob)).state is InvitationState.REFUSED


async def test_a_letter_that_came_back_can_be_tried_again_at_another_address(
    here: Running, received: Received
) -> None:
    ann, _bob = await two(here)
    await send(here)
    mail = report(group("ann.lee@barnet.example"), name=f"<{ann.id.hex}.0@barnet.example>")
    await here.core.bounces.note([mail], by=OPERATOR)
    assert (await invitation_of(here, ann)).state is InvitationState.FAILED

    async with here.core.begin() as work:
        person = await work.people.get(ann.person.id)
        assert person is not None
        ((failed, _),) = await work.outbox.failed(ann.invitation.wave)
        moved = replace(person, email="ann@new.example")
        assert await work.people.save(moved, expected_revision=person.revision)
        await work.outbox.replay([failed.id], now=here.clock.now())
        await work.commit()
    await send(here)

    assert "ann@new.example" in letters(received)
    assert (await invitation_of(here, ann)).state is InvitationState.DELIVERED


async def test_a_mailbox_that_is_not_there_is_not_tried_again(
    here: Running, received: Received
) -> None:
    ann, _bob = await two(here)
    received.answers["RCPT"] = "550 5.1.1 no such user"
    await send(here)

    assert (await invitation_of(here, ann)).state in (
        InvitationState.FAILED,
        InvitationState.BLOCKED,
    )
    assert await here.core.email_channel.address_of(ann.person) is None
    assert received.envelopes == []
