"""A report worked wholly by e-mail: letters out by SMTP, answers in by LMTP, in one thread."""

import asyncio
import smtplib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr

from bot.worker import Worker
from survey.domain import case_acts as acts
from survey.domain.cases import Case, Entry, EntryKind, Side
from tests.support.application import Running, running
from tests.support.cases import a_case, an_entry
from tests.support.pictures import photo
from tests.survey.mail.servers import Received, mail_server

ANN = "ann@school.example"
REPLY_TO = "reply@tellback.barnet.example"


class Relay(Received):
    """The body's mail server: what is for the reply address it hands on by LMTP (a transport)."""

    def __init__(self, socket: Path) -> None:
        super().__init__()
        self._socket = socket

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return await asyncio.to_thread(self._hand_on, envelope)

    def _hand_on(self, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        sender = envelope.mail_from or ""
        head = f"Return-Path: <{sender}>\r\nReceived: from school.example\r\n".encode()
        with smtplib.LMTP(str(self._socket)) as line:
            line.sendmail(sender, envelope.rcpt_tos, head + envelope.content)
        return "250 OK"


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
            mail_from="Barnet Council <help@barnet.example>",
            mail_reply_to=REPLY_TO,
            lmtp_listen=f"unix:{tmp_path / 'lmtp.sock'}",
            public_url="https://tellback.barnet.example",
        ) as application,
    ):
        yield application


async def until(holds: Callable[[], Awaitable[bool]] | Callable[[], bool]) -> None:
    """Wait for the worker's next looks."""
    async with asyncio.timeout(30):
        while True:
            found = holds()
            if found is True or (not isinstance(found, bool) and await found):
                return
            await asyncio.sleep(0.05)


async def letter(received: Received, number: int) -> EmailMessage:
    await until(lambda: len(received.envelopes) >= number)
    content = received.envelopes[number - 1].content
    assert isinstance(content, bytes)
    return message_from_bytes(content, policy=default)


async def timeline(here: Running, case: Case) -> list[Entry]:
    async with here.core.begin.read() as work:
        return list(await work.cases.timeline(case.id))


def answer_to(told: EmailMessage, text: str) -> EmailMessage:
    """As mail software answers: to Reply-To, below the same subject, quoting what it answers."""
    quoted = told.get_body(["plain"])
    assert quoted is not None
    answer = EmailMessage()
    answer["From"] = f"Ann Lee <{ANN}>"
    answer["To"] = told["Reply-To"]
    answer["Subject"] = f"Re: {told['Subject']}"
    answer["In-Reply-To"] = told["Message-ID"]
    below = "".join(f"> {line}\n" for line in str(quoted.get_content()).splitlines())
    answer.set_content(f"{text}\n\nOn Thu, 14 May 2026, {told['From']} wrote:\n{below}")
    return answer


@asynccontextmanager
async def schools_mail(here: Running) -> AsyncIterator[Callable[[EmailMessage], Awaitable[None]]]:
    """Sends what a school writes, through the body's mail server."""
    socket = here.core.settings.lmtp
    assert isinstance(socket, Path)

    async def send(answer: EmailMessage) -> None:
        def hand_over() -> None:
            with smtplib.SMTP("127.0.0.1", port) as line:
                line.send_message(answer)

        await asyncio.to_thread(hand_over)

    async with mail_server(Relay(socket)) as port:
        await until(socket.exists)
        yield send


async def test_a_report_is_received_answered_and_asked_about_by_e_mail_in_one_thread(
    here: Running, received: Received
) -> None:
    """Issue 6, done when 1: by e-mail against real mail servers on loopback."""
    async with Worker(here.core, here.figures), schools_mail(here) as send:
        case = await a_case(here, email=ANN)
        got = await letter(received, 1)
        await an_entry(here, case, acts.asked("Which month?"))
        asked = await letter(received, 2)

        answer = answer_to(asked, "May, as in the photo.")
        answer.add_attachment(photo(), maintype="image", subtype="jpeg", filename="slip.jpg")
        here.clock.advance(timedelta(minutes=5))
        await send(answer)
        await an_entry(here, case, acts.reply("Thank you, we see it."))
        replied = await letter(received, 3)
        await an_entry(here, case, acts.fixed("Paid on Friday"))
        fixed = await letter(received, 4)

    said = (await timeline(here, case))[2]
    assert (said.kind, said.side, said.text) == (
        EntryKind.MESSAGE,
        Side.REPORTER,
        "May, as in the photo.",
    )
    [file] = said.files
    assert (await here.core.attachments.read(file)).media_type == "image/jpeg"
    assert {each["To"] for each in (got, asked, replied, fixed)} == {ANN}
    assert len({each["References"] for each in (got, asked, replied, fixed)}) == 1
    assert len({each["Subject"] for each in (got, asked, replied, fixed)}) == 1
    assert len({each["Message-ID"] for each in (got, asked, replied, fixed)}) == 4
    text = fixed.get_body(["plain"])
    assert text is not None
    link = f"https://tellback.barnet.example/case/{here.core.case_links.token(case.link)}"
    assert link in str(text.get_content())


async def test_an_out_of_office_note_is_answered_by_nobody(
    here: Running, received: Received
) -> None:
    async with Worker(here.core, here.figures), schools_mail(here) as send:
        case = await a_case(here, email=ANN)
        note = answer_to(await letter(received, 1), "I am away until Monday.")
        note["Auto-Submitted"] = "auto-replied"
        await send(note)
        await an_entry(here, case, acts.asked("Which month?"))
        await letter(received, 2)

    assert [each.kind for each in await timeline(here, case)] == ["reported", "asked"]
    assert len(received.envelopes) == 2
