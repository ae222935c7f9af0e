"""Letters are read as far as they can be believed, and hostile ones not at all."""

from contextlib import suppress
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from time import perf_counter

import pytest

from survey.domain.received import (
    MOST_FILES,
    Automatic,
    Received,
    Unreadable,
    read_letter,
)
from survey.domain.texts import LONGEST_MESSAGE

ANN = "ann@school.example"
PICTURE = b"\x89PNG" + bytes(20_000)


def a_letter(text: str = "It was May.", **headers: str) -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = f"Ann Lee <{ANN}>"
    letter["Subject"] = "Re: P-4TK2: your report"
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value
    letter.set_content(text)
    return letter


def read(letter: EmailMessage | bytes, sender: str = ANN) -> Received:
    content = letter if isinstance(letter, bytes) else letter.as_bytes()
    return read_letter(content, envelope_sender=sender)


def test_a_letter_is_read_with_its_sender_its_words_and_its_files() -> None:
    letter = a_letter("It was May.\n\nOn Mon, 3 May 2026, Barnet wrote:\n> Which?\n")
    letter.add_attachment(PICTURE, maintype="image", subtype="png", filename="slip – May.png")

    found = read(letter)

    assert (found.sender, found.subject, found.text) == (
        ANN,
        "Re: P-4TK2: your report",
        "It was May.",
    )
    assert [(each.name, each.content) for each in found.files] == [("slip – May.png", PICTURE)]
    assert found.automatic is None
    assert not found.cut


def test_what_mail_servers_say_of_the_sender_is_read_from_the_top() -> None:
    letter = a_letter()
    inside = a_letter("Forwarded", Authentication_Results="mx.third.example; dmarc=pass")
    letter.add_attachment(inside)
    content = (
        b"Authentication-Results: mx.council.example;\n\tspf=pass smtp.mailfrom=x.example\n"
        b"Received: by x\nauthentication-results: mx.other.example; \xff\n" + letter.as_bytes()
    )

    first, second = read(content).checks

    assert first.split() == ["mx.council.example;", "spf=pass", "smtp.mailfrom=x.example"]
    assert second.startswith("mx.other.example;")


def test_a_signature_that_mail_software_adds_is_no_file() -> None:
    letter = a_letter()
    for kind in ("pkcs7-signature", "pgp-signature"):
        letter.add_attachment(b"\x30\x82", maintype="application", subtype=kind, filename="s.p7s")

    assert read(letter).files == ()


def test_of_a_letter_in_two_forms_the_plain_one_is_read() -> None:
    letter = a_letter("Plain")
    letter.add_alternative("<p>Page</p>", subtype="html")

    assert read(letter).text == "Plain"
    assert read(letter).files == ()


def test_a_page_of_html_alone_is_read_as_text_without_what_it_quotes() -> None:
    letter = a_letter()
    letter.set_content(
        "<style>p{}</style><div>It was&nbsp;May.<br>All &lt;three&gt;</div>"
        "<blockquote><p>Which month?</p><p>And year?</p></blockquote>",
        subtype="html",
    )

    assert read(letter).text == "It was May.\nAll <three>"


def test_logos_of_signatures_are_no_files_and_photos_in_the_text_are() -> None:
    letter = a_letter()
    letter.add_alternative("<p>x</p>", subtype="html")
    page = letter.get_body(["html"])
    assert isinstance(page, EmailMessage)
    for content, name in ((b"\x89PNG logo", "logo.png"), (PICTURE, "photo.png")):
        page.add_related(
            content,
            maintype="image",
            subtype="png",
            cid=f"<{name}>",
            filename=name,
            disposition="inline",
        )

    assert [each.name for each in read(letter).files] == ["photo.png"]


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Auto_Submitted": "auto-replied"}, Automatic.REPLY),
        ({"Auto_Submitted": "auto-generated; owner"}, Automatic.REPLY),
        ({"Auto_Submitted": "no"}, None),
        ({"X_Autoreply": "yes"}, Automatic.REPLY),
        ({"X_Autorespond": "yes"}, Automatic.REPLY),
        ({"Precedence": "bulk"}, Automatic.LIST),
        ({"Precedence": "Auto_Reply"}, Automatic.LIST),
        ({"Precedence": "first-class"}, None),
        ({"List_Id": "<staff.school.example>"}, Automatic.LIST),
        ({"List_Unsubscribe": "<mailto:x@y.example>"}, Automatic.LIST),
        ({"X_Tellback": "case"}, Automatic.OURS),
    ],
)
def test_what_machines_write_is_told_apart(headers: dict[str, str], why: Automatic | None) -> None:
    assert read(a_letter(**headers)).automatic is why


def test_a_letter_with_an_empty_sender_or_a_report_is_of_a_mail_server() -> None:
    report = MIMEMultipart("report")
    report["From"] = "mailer-daemon@school.example"
    report.attach(MIMEText("Mailbox full"))

    assert read(a_letter(), sender="").automatic is Automatic.BOUNCE
    assert read(a_letter(), sender="<>").automatic is Automatic.BOUNCE
    assert read(report.as_bytes()).automatic is Automatic.BOUNCE


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"From: ann@school.example\nFrom: bob@school.example\n",
        b"From: ann@school.example, bob@school.example\n",
        b"From: not an address\n",
        b"From: " + b"x" * 5_000 + b"@school.example\n",
    ],
)
def test_of_a_letter_from_nobody_or_several_there_is_no_sender(said: bytes) -> None:
    assert read(said + b"Subject: x\n\nHello\n").sender is None


@pytest.mark.parametrize(
    ("charset", "content", "text"),
    [
        ("utf-8", "Tŷ".encode(), "Tŷ"),
        ("iso-8859-1", b"caf\xe9", "café"),
        ("utf-8", b"caf\xe9", "caf\N{REPLACEMENT CHARACTER}"),
        ("no-such-thing", "Tŷ".encode(), "Tŷ"),
        ("zlib", b"abc", "abc"),
        ("unicode_escape", b"a\\x41", "a\\x41"),
        ("punycode", b"abc-", "abc-"),
        ("utf-8", b"a\x00b\x1bc", "abc"),
    ],
)
def test_text_is_read_whatever_its_letter_says_of_its_signs(
    charset: str, content: bytes, text: str
) -> None:
    head = f"From: {ANN}\nContent-Type: text/plain; charset={charset}\n"

    assert read(head.encode() + b"Content-Transfer-Encoding: 8bit\n\n" + content).text == text


def test_a_long_answer_and_many_files_are_cut_and_it_says_so() -> None:
    letter = a_letter("x" * 80 + "\n" + "word " * 2_000)
    for number in range(MOST_FILES + 3):
        letter.add_attachment(PICTURE, maintype="image", subtype="png", filename=f"{number}.png")

    found = read(letter)

    assert len(found.text) <= LONGEST_MESSAGE
    assert len(found.files) == MOST_FILES
    assert found.cut


def nested(depth: int) -> bytes:
    head = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (each, each)
        for each in range(depth)
    )
    return b"From: ann@school.example\n" + head + b"\nHello\n"


def letters_inside(depth: int) -> bytes:
    return b"From: a@b.example\n" + b"Content-Type: message/rfc822\n\n" * depth + b"Hello\n"


@pytest.mark.parametrize(
    "letter",
    [
        nested(15),
        nested(5_000),
        letters_inside(5_000),
        b"X-Long: " + b"x" * 200_000 + b"\n\nHello\n",
        b"A: b\n" * 100_000 + b"\nHello\n",
        b"From: a@b.example\n\n" + b"\n" * 2_000_000,
        b"From: a@b.example\n\n" + b"\r" * 2_000_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 5_000 + b"--b--\n",
    ],
    ids=["deep", "very deep", "letters", "header", "headers", "lines", "returns", "parts"],
)
def test_a_letter_that_was_made_to_be_hard_to_read_is_not_read_and_takes_no_time(
    letter: bytes,
) -> None:
    began = perf_counter()

    with pytest.raises(Unreadable):
        read(letter)

    assert perf_counter() - began < 5


@pytest.mark.parametrize(
    "letter",
    [
        b"",
        b"\n",
        b"\xff\xfe\x00",
        b"Content-Type: multipart/mixed\n\nno boundary\n",
        b"Content-Type: multipart/mixed; boundary=\n\n--\n\nx\n",
        b"Content-Type: ;;;\nContent-Disposition: ;filename*=utf-8''%ff\n\nx\n",
        b"Content-Type: text/plain; charset*0*=x''%ff\nContent-Transfer-Encoding: base64\n\n!!!\n",
        b"Subject: =?utf-8?b?!!!?= =?x?q?=ff?=\n\nx\n",
        b"Content-Type: text/plain\nContent-Transfer-Encoding: uuencode\n\nbegin 666 x\n!!\n",
        b"From: =?utf-8?q?a=0Ab?= <ann@school.example>\nSubject: a\x00b\n\nx\n",
    ],
)
def test_a_broken_letter_is_read_as_far_as_it_goes(letter: bytes) -> None:
    found = read(letter)

    assert "\n" not in found.subject
    assert "\x00" not in found.text + found.subject


def test_what_stands_in_a_letter_inside_a_letter_is_not_of_whoever_sent_it() -> None:
    letter = a_letter("See below")
    letter.add_attachment(a_letter("A secret of somebody else"))

    found = read(letter)

    assert found.text == "See below"
    assert found.files == ()


@pytest.mark.parametrize("part", ["<a ", "<!--", "</", "<?", "<![CDATA[", "<p>"])
def test_a_page_that_closes_nothing_is_read_as_far_as_it_goes(part: str) -> None:
    """Each of these took Python's own parser minutes at this length, and more than twice as long
    for twice as many."""
    letter = EmailMessage()
    letter["From"] = "ann@school.example"
    letter.set_content(f"<p>Hello &amp; thanks</p>{part * 100_000}", subtype="html")

    read = read_letter(letter.as_bytes(), envelope_sender="ann@school.example")

    assert read.text.startswith("Hello & thanks")


def test_a_name_of_a_file_that_is_made_to_be_hard_to_read_is_none() -> None:
    letter = (
        b"From: ann@school.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b'Content-Disposition: attachment; filename="' + b';\\"' * 100_000 + b'"\r\n'
        b"Content-Type: text/csv\r\n\r\na,b\r\n--b--\r\n"
    )
    with suppress(Unreadable):
        read = read_letter(letter, envelope_sender="ann@school.example")
        assert [each.name for each in read.files] == [""]
