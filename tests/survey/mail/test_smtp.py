"""Letters handed to a real mail server on loopback."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from uuid import UUID

import pytest

from survey.domain.letters import Composed, Words
from survey.errors import NotSent
from survey.letter_words import one_line
from survey.mail import smtp
from survey.mail.smtp import SmtpMailer, is_this_machine
from survey.ports.letters import MailServer
from tests.survey.mail.servers import SECRET, USER, Certificate, Received, certificate, mail_server

AT = datetime(2026, 5, 14, 12, 0, tzinfo=UTC)
LETTER = UUID("8b7c1f0e-3a8e-4b5a-9d43-5e0f6a1b2c3d")
LINK = "https://tellback.barnet.example/staff/link/" + "x" * 32
WORDS = Words("Eich dolen i fewngofnodi: ŵŷ", f"Helo Siân,\n\n{LINK}\n", f"<p>{LINK}</p>\n")
COMPOSED = Composed("ann.lee@barnet.example", WORDS)
FROM = "Arolygon Barnet <surveys@barnet.example>"


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server counts as one on another machine."""
    monkeypatch.setattr(smtp, "is_this_machine", lambda host: False)


async def send(
    port: int,
    *,
    composed: Composed = COMPOSED,
    trust: ssl.SSLContext | None = None,
    secure: bool = False,
    user: str | None = None,
    password: str | None = None,
) -> None:
    server = MailServer("localhost", port, secure, user, password)
    await SmtpMailer(server, FROM, trust=trust).send(LETTER, composed, at=AT)


async def refusal(port: int, **given: object) -> tuple[str, bool]:
    """Why it did not leave, and whether trying again can help."""
    with pytest.raises(NotSent) as refused:
        await send(port, **given)  # type: ignore[arg-type]
    return refused.value.reason, refused.value.again


async def test_a_letter_arrives_in_text_and_html_with_the_headers_that_it_needs(
    received: Received,
) -> None:
    async with mail_server(received) as port:
        await send(port)

    message, envelope = received.letter(), received.envelopes[0]
    assert (envelope.mail_from, envelope.rcpt_tos) == ("surveys@barnet.example", [COMPOSED.to])
    assert (message["From"], message["To"]) == (FROM, COMPOSED.to)
    assert message["Subject"] == WORDS.subject
    assert message["Message-ID"] == f"<{LETTER}@barnet.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == AT
    text, html = (message.get_body([kind]) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == WORDS.text
    assert LINK in html.get_content()


async def test_what_is_offered_on_this_machine_is_encrypted_whoever_signed_the_certificate(
    received: Received, pair: Certificate
) -> None:
    async with mail_server(received, starttls=pair.server) as port:
        await send(port)

    assert received.sessions[0].ssl is not None


@pytest.mark.usefixtures("far_away")
async def test_nothing_leaves_the_machine_unencrypted(received: Received) -> None:
    async with mail_server(received) as port:
        assert await refusal(port) == ("server", True)

    assert received.envelopes == []


@pytest.mark.usefixtures("far_away")
async def test_a_server_whose_certificate_is_trusted_gets_the_letter_encrypted(
    received: Received, pair: Certificate
) -> None:
    async with mail_server(received, starttls=pair.server) as port:
        await send(port, trust=pair.trust)

    assert received.sessions[0].ssl is not None


@pytest.mark.usefixtures("far_away")
async def test_one_whose_certificate_is_not_trusted_gets_none(
    received: Received, pair: Certificate
) -> None:
    async with mail_server(received, starttls=pair.server) as port:
        assert await refusal(port) == ("certificate", True)

    assert received.envelopes == []


@pytest.mark.usefixtures("far_away")
async def test_smtps_is_encrypted_from_the_first_byte(
    received: Received, pair: Certificate
) -> None:
    async with mail_server(received, smtps=pair.server) as port:
        await send(port, secure=True, trust=pair.trust)

    assert len(received.envelopes) == 1


async def test_a_password_is_given_where_one_is_set(received: Received, pair: Certificate) -> None:
    async with mail_server(received, starttls=pair.server, password=True) as port:
        await send(port, user=USER, password=SECRET)

    assert len(received.envelopes) == 1


async def test_a_wrong_password_of_ours_is_no_reason_to_give_the_letter_up(
    received: Received, pair: Certificate
) -> None:
    async with mail_server(received, starttls=pair.server, password=True) as port:
        assert await refusal(port, user=USER, password="another") == ("our_password", True)


@pytest.mark.parametrize(
    ("step", "answer", "told"),
    [
        ("RCPT", "550 5.1.1 no such user", ("address", False)),
        ("RCPT", "450 4.2.1 mailbox busy", ("address", True)),
        ("DATA", "554 5.7.1 looks like spam", ("letter", False)),
        ("DATA", "451 4.3.0 try later", ("letter", True)),
        ("MAIL", "553 5.7.1 not your domain", ("our_address", True)),
        ("MAIL", "421 4.3.2 shutting down", ("our_address", True)),
    ],
)
async def test_a_refusal_says_whether_trying_again_can_help(
    received: Received, step: str, answer: str, told: tuple[str, bool]
) -> None:
    received.answers[step] = answer

    async with mail_server(received) as port:
        assert await refusal(port) == told


async def test_a_server_that_is_not_there_may_be_there_later(received: Received) -> None:
    async with mail_server(received) as port:
        pass

    assert await refusal(port) == ("server", True)


@pytest.mark.parametrize(
    "address",
    [
        "ann@barnet.example\r\nBcc: all@barnet.example",
        "ann@barnet.example\nBcc: all@barnet.example",
        "ann@barnet.example, all@barnet.example",
        "Ann <ann@barnet.example>",
        "ann@barnet.example> SIZE=1",
        "",
    ],
)
async def test_an_address_that_is_more_than_one_gets_no_letter(
    received: Received, address: str
) -> None:
    async with mail_server(received) as port:
        told = await refusal(port, composed=Composed(address, WORDS))

    assert (told, received.envelopes) == (("address", False), [])


async def test_a_subject_makes_no_header_of_its_own(received: Received) -> None:
    subject = one_line("Your account at Barnet\r\nBcc: all@barnet.example\x00\u2028x")

    async with mail_server(received) as port:
        await send(port, composed=Composed(COMPOSED.to, Words(subject, "x\n", "x\n")))

    assert received.letter()["Bcc"] is None
    assert received.letter()["Subject"] == "Your account at Barnet Bcc: all@barnet.example x"


@pytest.mark.parametrize("base", ["https://tellback.barnet.example", "http://127.0.0.1:8000"])
async def test_what_goes_to_many_is_left_with_one_click_where_mail_software_can(
    received: Received, base: str
) -> None:
    """RFC 8058: over https, and both headers on one line each."""
    leave = f"{base}/u/{'x' * 43}"
    async with mail_server(received) as port:
        await send(port, composed=replace(COMPOSED, leave=leave))
        await send(port)

    content = received.envelopes[0].content
    assert isinstance(content, bytes)
    lines = content.decode("ascii").split("\r\n")
    assert f"List-Unsubscribe: <{leave}>" in lines
    one_click = "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
    assert (one_click in lines) is base.startswith("https")
    assert b"List-Unsubscribe" not in (received.envelopes[1].original_content or b"")


async def test_a_line_end_in_a_header_is_not_even_tried(received: Received) -> None:
    words = Words("Hello\nBcc: all@barnet.example", "x\n", "x\n")

    async with mail_server(received) as port:
        with pytest.raises(ValueError, match="linefeed"):
            await send(port, composed=Composed(COMPOSED.to, words))

    assert received.envelopes == []


@pytest.mark.parametrize("line", [".", "..", ".\r\nRCPT TO:<x@y.example>", "From here on"])
async def test_lines_that_mean_something_to_servers_arrive_as_they_are(
    received: Received, line: str
) -> None:
    async with mail_server(received) as port:
        await send(port, composed=Composed(COMPOSED.to, Words("x", f"a\n{line}\nb\n", "x\n")))

    body = received.letter().get_body(["plain"])
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == f"a\n{line}\nb\n".replace("\r\n", "\n")
    assert received.letter().policy is policy.default


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("mail.barnet.example", False),
        ("localhost.barnet.example", False),
        ("10.0.0.1", False),
    ],
)
def test_this_machine_is_known(host: str, here: bool) -> None:
    assert is_this_machine(host) is here
