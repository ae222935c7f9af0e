"""Mail that came back, as servers write it and as others might."""

from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from survey.domain.bounces import LONGEST_MAIL, MOST_FAILURES, Failure, failures, is_gone, mails

INVITATION = UUID("8b7c1f0e-3a8e-4b5a-9d43-5e0f6a1b2c3d")


def group(
    address: str = "ann.lee@barnet.example", *, action: str = "failed", status: str = "5.1.1"
) -> str:
    return (
        f"Original-Recipient: rfc822;{address}\nFinal-Recipient: rfc822; {address}\n"
        f"Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 550 no such user\n"
    )


def report(
    *groups: str,
    kind: str = "multipart/report; report-type=delivery-status",
    original: str = "text/rfc822-headers",
    name: str = f"<{INVITATION.hex}.0@barnet.example>",
) -> bytes:
    """As RFC 3464 shows one."""
    told = "\n".join(groups or (group(),))
    return (
        "From: Mail Delivery System <MAILER-DAEMON@mail.example>\n"
        "To: surveys@barnet.example\nSubject: Undelivered Mail Returned to Sender\n"
        f'MIME-Version: 1.0\nContent-Type: {kind}; boundary="AAA"\n\n'
        "--AAA\nContent-Type: text/plain\n\nWe are sorry.\n\n"
        "--AAA\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mail.example\nArrival-Date: Thu, 14 May 2026 12:00:00 +0000\n\n"
        f"{told}\n"
        f"--AAA\nContent-Type: {original}\n\n"
        f"From: surveys@barnet.example\nMessage-ID: {name}\nSubject: Pulse\n\n"
        "--AAA--\n"
    ).encode()


@pytest.mark.parametrize("original", ["text/rfc822-headers", "message/rfc822"])
def test_a_report_tells_which_address_failed_and_of_which_invitation(original: str) -> None:
    assert failures(report(original=original)) == (
        Failure("ann.lee@barnet.example", "5.1.1", True, INVITATION),
    )


def test_line_ends_may_be_those_of_the_network() -> None:
    assert len(failures(report().replace(b"\n", b"\r\n"))) == 1


def test_several_addresses_may_have_failed() -> None:
    told = failures(report(group("a@barnet.example"), group("B@barnet.example")))

    assert [each.address for each in told] == ["a@barnet.example", "b@barnet.example"]


@pytest.mark.parametrize(
    "spoilt",
    [
        group(action="delayed", status="4.4.1"),
        group(action="failed", status="4.4.1"),
        group(action="delivered", status="2.0.0"),
        group(action="relayed", status="5.1.1"),
        group(status="nonsense"),
        group(address="not an address"),
        group().replace("rfc822;", "x400;").replace("rfc822; ", "x400; "),
        "Action: failed\n",
    ],
)
def test_only_what_failed_for_good_counts(spoilt: str) -> None:
    assert failures(report(spoilt)) == ()


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\0" * 100,
        b"Subject: Out of office\n\nI am back on Monday. 5.1.1\n",
        report(kind="multipart/mixed"),
        report(kind="text/plain"),
        report().replace(b"message/delivery-status", b"text/plain"),
        b"Content-Type: multipart/report\n\nno boundary",
    ],
)
def test_any_other_mail_says_nothing(mail: bytes) -> None:
    assert failures(mail) == ()


def test_without_the_headers_of_the_letter_it_is_about_no_invitation_by_name() -> None:
    for name in ("<abc@mail.example>", "", f"<{INVITATION}@barnet.example>"):
        (failure,) = failures(report(name=name))
        assert failure.invitation is None


@pytest.mark.parametrize(
    ("status", "gone"),
    [
        ("5.1.1", True),
        ("5.1.10", True),
        ("5.2.1", True),
        ("5.0.0", True),
        ("5.4.4", True),
        ("5.2.2", False),
        ("5.2.3", False),
        ("5.7.1", False),
        ("4.1.1", False),
        ("5.1", False),
        ("", False),
    ],
)
def test_a_mailbox_that_is_gone_is_told_from_a_letter_that_was_not_wanted(
    status: str, gone: bool
) -> None:
    assert is_gone(status) is gone


def test_hostile_mails_are_passed_over() -> None:
    deep = b"".join(
        b"Content-Type: multipart/report; boundary=%d\n\n--%d\n" % (n, n) for n in range(5000)
    )
    many = report(*[group(f"a{n}@barnet.example") for n in range(5 * MOST_FAILURES)])

    assert failures(deep) == ()
    assert failures(report() + b"x" * LONGEST_MAIL) == ()
    assert len(failures(many)) == MOST_FAILURES


def test_no_damage_to_a_report_makes_reading_it_fail() -> None:
    chance, whole = Random(5), report()
    for _ in range(2_000):
        spoilt = bytearray(whole)
        for _ in range(chance.randint(1, 30)):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        for failure in failures(bytes(spoilt)):
            assert "@" in failure.address


def test_an_mbox_holds_many_mails_and_another_file_one(tmp_path: Path) -> None:
    mbox = b"From a@b Thu May 14\n" + report() + b"\nFrom c@d Thu May 14\n" + report()

    assert [len(failures(mail)) for mail in mails(mbox.splitlines(keepends=True))] == [1, 1]
    assert [*mails(report().splitlines(keepends=True))] == [report()]
    assert [*mails([])] == []


def test_a_line_from_in_the_middle_of_a_text_begins_no_mail() -> None:
    single = b"Subject: x\n\nHello,\n\nFrom here on it is text.\n"

    assert [*mails(single.splitlines(keepends=True))] == [single]


def test_of_a_mail_without_an_end_no_more_is_kept_than_is_read() -> None:
    endless = (b"x" * 1000 + b"\n" for _ in range(5_000))

    (mail,) = mails(endless)
    assert len(mail) < LONGEST_MAIL + 2_000
    assert failures(mail) == ()
