"""Letters to reporters, handed to a real mail server on loopback."""

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID, uuid4

from survey.domain.campaign import ChannelName
from survey.mail.channel import EmailChannel
from survey.ports.channels import Address
from survey.ports.letters import MailServer
from survey.ports.tellings import Asks, Bulletin, Line, Passage, Whom
from tests.support.application import NOON, Running
from tests.survey.mail.servers import Received, mail_server

TO = Address(ChannelName.EMAIL, email="ann@school.example")
PASSAGE = Passage(
    UUID(int=7),
    "P-4TK2",
    "TOKEN",
    "t" * 52,
    "Payroll",
    (Line("Payroll says this is fixed.", "The three payslips <were> reissued."),),
    Asks.VERDICT,
    "Is it fixed?",
    scored=True,
)
BULLETIN = Bulletin(UUID(int=1), "en", (PASSAGE,))


def channel(here: Running, port: int, reply_to: str = "reply@tellback.example") -> EmailChannel:
    return EmailChannel(
        here.core.begin,
        MailServer("localhost", port, False, None, None),
        "Barnet Council <help@barnet.example>",
        organisation="Barnet Council",
        base_url="https://tellback.example",
        reply_to=reply_to,
        apart=timedelta(0),
    )


async def sent(here: Running, bulletin: Bulletin, reply_to: str = "") -> EmailMessage:
    received = Received()
    async with mail_server(received) as port:
        await channel(here, port, reply_to).tell(TO, bulletin, at=NOON)
    return received.letter()


def body(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body([kind])
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


async def test_a_letter_says_what_happened_what_is_asked_and_how_to_answer(here: Running) -> None:
    letter = await sent(here, BULLETIN, "reply@tellback.example")

    assert letter["Subject"] == "P-4TK2: your report about Payroll"
    assert body(letter, "plain") == (
        "##- Write your answer above this line ##-\n\n"
        "P-4TK2: your report about Payroll\n\n"
        "Payroll says this is fixed.\n\n"
        "“The three payslips <were> reissued.”\n\n"
        "Is it fixed?\n\n"
        "To tell us, answer this e-mail with one word: Fixed, Partly or No.\n\n"
        "Put a number after it, from 1 (very badly) to 5 (very well), to say how your problem was "
        "handled: Fixed 4.\n\n"
        "You can also tell us on this page:\nhttps://tellback.example/case/TOKEN\n\n"
        "From: Barnet Council.\n"
    )
    page = body(letter, "html")
    assert "The three payslips &lt;were&gt; reissued." in page
    assert 'href="https://tellback.example/case/TOKEN"' in page


async def test_it_is_answered_to_the_address_of_the_case_and_hangs_on_its_thread(
    here: Running,
) -> None:
    letter = await sent(here, BULLETIN, "reply@tellback.example")

    assert letter["Reply-To"] == f"reply+{'t' * 52}@tellback.example"
    root = "<case.00000000000000000000000000000007@barnet.example>"
    assert (letter["In-Reply-To"], letter["References"]) == (root, root)
    assert letter["Message-ID"] == "<00000000000000000000000000000001@barnet.example>"
    assert letter["X-Tellback"] == "case"
    assert letter["Auto-Submitted"] == "auto-generated"


async def test_where_no_letters_come_in_the_page_alone_is_named(here: Running) -> None:
    letter = await sent(here, BULLETIN)

    assert letter["Reply-To"] is None
    assert "answer this e-mail" not in body(letter, "plain")
    assert "above this line" not in body(letter, "plain")


async def test_of_several_cases_each_has_an_address_of_its_own(here: Running) -> None:
    other = replace(PASSAGE, case=uuid4(), reference="P-7Q2X", address="u" * 52, asks=Asks.NOTHING)
    both = Bulletin(uuid4(), "en", (PASSAGE, other))

    letter = await sent(here, both, "reply@tellback.example")

    assert letter["Subject"] == "Your reports to Barnet Council"
    assert letter["Reply-To"] is None
    for address in ("t" * 52, "u" * 52):
        assert f"You can also write to reply+{address}@tellback.example." in body(letter, "plain")


async def test_reporters_are_reached_where_no_mail_came_back_from(here: Running) -> None:
    async with here.core.begin() as work:
        await work.refused_addresses.put("gone@school.example", at=NOON, reason="5.1.1")
        await work.commit()
    mail = channel(here, 1)

    assert await mail.address_for(Whom(email="Ann@School.example")) == TO
    assert await mail.address_for(Whom(email="gone@school.example")) is None
    assert await mail.address_for(Whom(person=uuid4())) is None
    assert await mail.address_for(Whom(chat="telegram:7:1")) is None
