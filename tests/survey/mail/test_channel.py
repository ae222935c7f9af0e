"""Invitations handed to a real mail server on loopback, and what its refusals mean (A16)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from survey.domain.campaign import ChannelName
from survey.domain.people import Person
from survey.mail import line
from survey.mail.channel import EmailChannel
from survey.mail.line import MOST
from survey.ports.channels import Address, NotDelivered, Refusal
from survey.ports.letters import MailServer
from tests.support.application import NOON, Running
from tests.survey.mail.servers import SECRET, USER, Received, certificate, mail_server
from tests.survey.test_invitation_letter import ASKING, DOORS

FROM = "Arolygon Barnet <surveys@barnet.example>"
ANN = Address(ChannelName.EMAIL, email="ann.lee@barnet.example")
AT_ONCE = timedelta(0)


def channel(
    here: Running,
    port: int,
    *,
    apart: timedelta = AT_ONCE,
    base_url: str = "https://tellback.barnet.example",
    password: str | None = None,
) -> EmailChannel:
    server = MailServer("localhost", port, False, USER if password else None, password)
    return EmailChannel(
        here.core.begin,
        server,
        FROM,
        organisation="Barnet Council",
        base_url=base_url,
        apart=apart,
    )


def person(here: Running, email: str | None, key: str = "1") -> Person:
    return Person(here.core.ids.uuid(), key, "Ann Lee", (), NOON, email=email)


async def refused(here: Running) -> Sequence[str]:
    async with here.core.begin.read() as work:
        return sorted(await work.refused_addresses.of({"ann.lee@barnet.example"}))


@asynccontextmanager
async def a_server(**answers: str) -> AsyncIterator[tuple[int, Received]]:
    received = Received(answers=answers)
    async with mail_server(received) as port:
        yield port, received


async def test_an_invitation_arrives_with_the_headers_that_mail_software_reads(
    here: Running,
) -> None:
    async with a_server() as (port, received):
        await channel(here, port).send(ANN, ASKING, at=NOON)

    message = received.letter()
    assert message["To"] == "ann.lee@barnet.example"
    assert message["From"] == FROM
    assert message["Subject"] == "Barnet staff pulse: 7 questions, about 2 minutes"
    assert message["Message-ID"] == f"<{ASKING.invitation.hex}.0@barnet.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Precedence"] is None
    assert message["Content-Language"] == "en"
    stop = f"<{DOORS.stop}>, <mailto:surveys@barnet.example?subject=Stop%20all%20surveys>"
    assert message["List-Unsubscribe"] == stop
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for kind in ("plain", "html"):
        body = message.get_body([kind])
        assert body is not None
        assert DOORS.start in body.get_content()


async def test_headers_with_links_stand_on_one_line_as_they_are(here: Running) -> None:
    async with a_server() as (port, received):
        await channel(here, port).send(ANN, replace(ASKING, language="cy"), at=NOON)

    content = received.envelopes[0].content
    assert isinstance(content, bytes)
    lines = content.decode("ascii").split("\r\n")
    [line] = [each for each in lines if each.startswith("List-Unsubscribe:")]
    assert f"<{DOORS.stop}>" in line
    assert max(map(len, lines)) <= 998


async def test_one_click_is_offered_over_https_only(here: Running) -> None:
    async with a_server() as (port, received):
        await channel(here, port, base_url="http://127.0.0.1:8000").send(ANN, ASKING, at=NOON)

    assert received.letter()["List-Unsubscribe-Post"] is None


async def test_a_letter_that_left_twice_can_be_told(here: Running) -> None:
    async with a_server() as (port, received):
        for at in (NOON, NOON + timedelta(hours=1)):
            await channel(here, port).send(ANN, replace(ASKING, number=1), at=at)

    names = {
        line
        for envelope in received.envelopes
        for line in str(envelope.content).split("\\r\\n")
        if line.startswith("Message-ID")
    }
    assert len(names) == 1


@pytest.mark.parametrize(
    ("step", "answer", "told"),
    [
        ("RCPT", "550 5.1.1 no such user", (Refusal.GONE, "no_mailbox")),
        ("RCPT", "550 not here", (Refusal.GONE, "no_mailbox")),
        ("RCPT", "554 5.7.1 relay access denied", (Refusal.UNCLEAR, "not_taken")),
        ("RCPT", "552 5.2.2 mailbox full", (Refusal.UNCLEAR, "not_taken")),
        ("RCPT", "450 4.2.0 greylisted", (Refusal.LATER, "mailbox_busy")),
        ("RCPT", "421 4.3.2 shutting down", (Refusal.DOWN, "server")),
        ("DATA", "554 5.7.1 looks like spam", (Refusal.FAULT, "letter")),
        ("DATA", "451 4.3.0 try later", (Refusal.LATER, "letter")),
        ("MAIL", "553 5.7.1 not your domain", (Refusal.DOWN, "our_address")),
        ("MAIL", "451 4.3.0 busy", (Refusal.BUSY, "our_address")),
        ("MAIL", "421 4.3.2 shutting down", (Refusal.DOWN, "our_address")),
    ],
)
async def test_each_refusal_is_told_apart(
    here: Running, step: str, answer: str, told: tuple[Refusal, str]
) -> None:
    """A16 for e-mail."""
    async with a_server(**{step: answer}) as (port, _):
        with pytest.raises(NotDelivered) as failed:
            await channel(here, port).send(ANN, ASKING, at=NOON)

    assert (failed.value.refusal, failed.value.reason) == told
    assert (failed.value.seconds > 0) is (told[0] is Refusal.LATER or step == "MAIL")
    assert await refused(here) == ([ANN.email] if told[0] is Refusal.GONE else [])


async def test_a_server_that_is_not_there_takes_the_channel_down(here: Running) -> None:
    async with a_server() as (port, _):
        pass

    with pytest.raises(NotDelivered) as failed:
        await channel(here, port).send(ANN, ASKING, at=NOON)
    assert (failed.value.refusal, failed.value.reason) == (Refusal.DOWN, "server")


async def test_so_does_a_wrong_password_of_ours(here: Running, tmp_path: Path) -> None:
    received, pair = Received(), certificate(tmp_path)
    async with mail_server(received, starttls=pair.server, password=True) as port:
        with pytest.raises(NotDelivered) as failed:
            await channel(here, port, password="another").send(ANN, ASKING, at=NOON)
        await channel(here, port, password=SECRET).send(ANN, ASKING, at=NOON)

    assert (failed.value.refusal, failed.value.reason) == (Refusal.DOWN, "our_password")
    assert len(received.envelopes) == 1


class LosesTheLine(Received):
    """A server that takes the whole letter and is gone before it says so."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        assert isinstance(server.transport, asyncio.WriteTransport)
        server.transport.abort()
        return "250 OK"


async def test_a_line_lost_after_the_letter_leaves_it_in_doubt(here: Running) -> None:
    received = LosesTheLine()
    async with mail_server(received) as port:
        with pytest.raises(NotDelivered) as failed:
            await channel(here, port).send(ANN, ASKING, at=NOON)

    assert (failed.value.refusal, failed.value.reason) == (Refusal.UNKNOWN, "line_lost")
    assert len(received.envelopes) == 1


async def test_letters_share_few_lines_which_are_hung_up_after_the_last(here: Running) -> None:
    async with a_server() as (port, received):
        mail = channel(here, port)
        await asyncio.gather(*(mail.send(ANN, ASKING, at=NOON) for _ in range(12)))
        shared = {id(session) for session in received.sessions}
        await mail.send(ANN, ASKING, at=NOON)

    assert len(received.envelopes) == 13
    assert len(shared) <= MOST
    assert id(received.sessions[-1]) not in shared


class HadEnough(Received):
    """A server that takes one letter on a line, and no second."""

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return "421 4.7.0 enough" if session in self.sessions else "250 OK"


async def test_a_server_that_takes_few_letters_on_a_line_gets_a_new_one(here: Running) -> None:
    received = HadEnough()
    async with mail_server(received) as port:
        mail = channel(here, port)
        await asyncio.gather(*(mail.send(ANN, ASKING, at=NOON) for _ in range(12)))

    assert len(received.envelopes) == 12


async def test_a_refused_letter_keeps_none_of_the_others_back(here: Running) -> None:
    async with a_server(RCPT="550 5.1.1 no such user") as (port, received):
        mail = channel(here, port)
        first = asyncio.gather(
            *(mail.send(ANN, ASKING, at=NOON) for _ in range(2)), return_exceptions=True
        )
        assert [type(each) for each in await first] == [NotDelivered, NotDelivered]
        received.answers.clear()
        await mail.send(ANN, ASKING, at=NOON)

    assert len(received.envelopes) == 1


async def test_a_server_that_does_not_answer_takes_the_channel_down_and_no_letter_with_it(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "_ADDRESSING_SECONDS", 0.05)

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(wait, "127.0.0.1", 0)
    async with silent:
        port = silent.sockets[0].getsockname()[1]
        for doing in (channel(here, port).send(ANN, ASKING, at=NOON), channel(here, port).probe()):
            with pytest.raises(NotDelivered) as failed:
                await doing
            assert (failed.value.refusal, failed.value.reason) == (Refusal.DOWN, "server")


async def test_a_server_that_works_is_greeted_without_a_letter(here: Running) -> None:
    async with a_server() as (port, received):
        await channel(here, port).probe()

    assert received.envelopes == []


async def test_letters_leave_at_a_steady_pace(here: Running) -> None:
    apart = timedelta(milliseconds=50)
    async with a_server() as (port, _):
        mail = channel(here, port, apart=apart)
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(mail.send(ANN, ASKING, at=NOON) for _ in range(4)))
        took = asyncio.get_running_loop().time() - began

    assert took >= 3 * apart.total_seconds()


async def test_people_are_reached_where_no_mail_came_back_from(here: Running) -> None:
    people = [
        person(here, "Ann.Lee@barnet.example"),
        person(here, "bob@barnet.example"),
        person(here, None),
        person(here, "no address"),
    ]
    async with here.core.begin() as work:
        await work.refused_addresses.put("bob@barnet.example", at=NOON, reason="no_mailbox")
        await work.commit()

    found = await channel(here, 25).addresses_of(people)

    assert found == {people[0].id: ANN}
    assert await channel(here, 25).address_of(people[0]) == ANN
    assert await channel(here, 25).address_of(people[1]) is None


async def test_nobody_is_reached_where_no_mail_server_is_set_up(here: Running) -> None:
    mail = EmailChannel(
        here.core.begin, None, "", organisation="Barnet", base_url="http://127.0.0.1:8000"
    )

    assert not mail.set_up
    assert await mail.addresses_of([person(here, ANN.email)]) == {}
    with pytest.raises(NotDelivered) as failed:
        await mail.send(ANN, ASKING, at=NOON)
    assert failed.value.refusal is Refusal.DOWN
