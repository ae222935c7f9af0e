"""What a mail server says of a sender is read whole, counts only under its name, and never raises.

The headers are as Postfix with OpenDKIM and OpenDMARC, Exchange Online and others write them, with
the examples of RFC 8601, appendix B.
"""

from collections.abc import Iterator
from random import Random
from time import perf_counter

import pytest

from survey.domain.sender_checks import Checked, Doubt, Result, checked, doubt

ANN = "ann@school.example"
MX = "mx.council.example"

OPENDMARC_PASS = f"{MX}; dmarc=pass (p=reject dis=none) header.from=school.example"
OPENDMARC_FAIL = f"{MX}; dmarc=fail (p=reject dis=none) header.from=school.example"
OPENDMARC_NONE = f"{MX}; dmarc=none (p=none dis=none) header.from=school.example"
OPENDKIM_PASS = (
    f"{MX};\n\tdkim=pass (2048-bit key; unprotected) header.d=school.example "
    'header.i=@school.example header.a=rsa-sha256 header.s=s1 header.b="mj+deT/Q";\n'
    "\tdkim-atps=neutral"
)
POLICYD_PASS = (
    f"{MX}; spf=pass (mailfrom) smtp.mailfrom=school.example (client-ip=192.0.2.7; "
    "helo=out.school.example; envelope-from=ann@school.example; receiver=<UNKNOWN>)"
)
POLICYD_OTHER = f"{MX}; spf=pass smtp.mailfrom=eve@elsewhere.example"
EXCHANGE_PASS = (
    "spf=pass (sender IP is 40.107.1.1)\n smtp.mailfrom=school.example; dkim=pass (signature was "
    "verified)\n header.d=school.example;dmarc=pass action=none\n header.from=school.example;"
    "compauth=pass reason=100"
)
EXCHANGE_FAIL = (
    "spf=fail (sender IP is 203.0.113.9) smtp.mailfrom=school.example; council.example; "
    "dkim=none (message not signed) header.d=none;council.example; dmarc=fail action=quarantine "
    "header.from=school.example;compauth=fail reason=000"
)


def said(*headers: str) -> Doubt | None:
    return doubt(headers, server=MX, sender=ANN)


@pytest.mark.parametrize(
    ("value", "server", "results"),
    [
        ("example.org 1; none", "example.org", ()),
        ("example.org", "example.org", ()),
        (
            "example.com;\n         spf=pass smtp.mailfrom=example.net",
            "example.com",
            (Result("spf", "pass", {"smtp.mailfrom": "example.net"}),),
        ),
        (
            "example.com; auth=pass (cram-md5) smtp.auth=sender@example.net; "
            "spf=pass smtp.mailfrom=example.net",
            "example.com",
            (
                Result("auth", "pass", {"smtp.auth": "sender@example.net"}),
                Result("spf", "pass", {"smtp.mailfrom": "example.net"}),
            ),
        ),
        (
            'example.com; dkim=pass reason="good signature" header.i=@mail-router.example.net; '
            'dkim=fail reason="bad signature; (really)" header.i=@newyork.example.com',
            "example.com",
            (
                Result(
                    "dkim",
                    "pass",
                    {"reason": "good signature", "header.i": "@mail-router.example.net"},
                ),
                Result(
                    "dkim",
                    "fail",
                    {"reason": "bad signature; (really)", "header.i": "@newyork.example.com"},
                ),
            ),
        ),
        (
            "foo.example.net (foobar) 1 (baz);\n dkim (Because I like it) / 1 (One yay) = "
            "(wait for it) fail\n policy (A dot can go here) . (like that) expired\n"
            " (this surprised me) = (as I wasn't expecting it) 1362471462",
            "foo.example.net",
            (Result("dkim", "fail", {"policy.expired": "1362471462"}),),
        ),
        (
            'MX.Example;SPF=Pass smtp.mailfrom="ann (x); dmarc=pass \\"y\\""@school.example',
            "mx.example",
            (Result("spf", "pass", {"smtp.mailfrom": 'ann (x); dmarc=pass "y"@school.example'}),),
        ),
        (
            "mx.example; dkim=pass header.b=ab/d+= header.d=school.example",
            "mx.example",
            (Result("dkim", "pass", {"header.b": "ab/d+=", "header.d": "school.example"}),),
        ),
    ],
)
def test_a_header_is_read_with_its_comments_quotations_and_every_result(
    value: str, server: str, results: tuple[Result, ...]
) -> None:
    assert checked(value) == Checked(server, results)


@pytest.mark.parametrize(
    "value",
    [
        "",
        ";",
        ")",
        "; spf=pass",
        "a b c; none",
        "mx.example 2; dmarc=pass",
        "mx.example (; dmarc=pass",
        'mx.example; spf=pass smtp.mailfrom="ann',
        "mx.example; x\\y=pass",
        EXCHANGE_PASS,
    ],
)
def test_what_names_no_server_or_does_not_end_is_none_of_these_headers(value: str) -> None:
    assert checked(value) is None


@pytest.mark.parametrize(
    "headers",
    [
        (OPENDMARC_PASS, OPENDKIM_PASS, POLICYD_PASS),
        (OPENDMARC_PASS,),
        (OPENDMARC_NONE, OPENDKIM_PASS),
        (OPENDMARC_NONE, POLICYD_PASS),
        (f"{MX}; spf=pass smtp.mailfrom=bounces@mail.school.example",),
        (f"{MX}; dkim=fail header.d=list.example; dkim=pass header.i=@School.Example",),
        (f"{MX.upper()}; dmarc=pass",),
        (f"{MX}; {EXCHANGE_PASS}",),
        ("hub.council.example; none", OPENDMARC_PASS),
    ],
)
def test_whoever_our_server_vouches_for_is_believed(headers: tuple[str, ...]) -> None:
    assert said(*headers) is None


@pytest.mark.parametrize(
    "headers",
    [
        (OPENDMARC_FAIL, OPENDKIM_PASS),
        (POLICYD_PASS, OPENDMARC_FAIL),
        (f"{MX}; {EXCHANGE_FAIL}",),
        # What somebody wrote into the envelope's sender came out as a result.
        (f"{MX}; spf=none smtp.mailfrom=x; dmarc=pass header.from=school.example", OPENDMARC_FAIL),
    ],
)
def test_a_domain_that_disowns_a_letter_has_the_last_word(headers: tuple[str, ...]) -> None:
    assert said(*headers) is Doubt.FORGED


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (f"{MX}; none",),
        (OPENDMARC_NONE,),
        (OPENDMARC_NONE, POLICYD_OTHER),
        (f"{MX}; spf=softfail smtp.mailfrom=school.example; dkim=neutral header.d=school.example",),
        (f"{MX}; spf=pass smtp.helo=school.example",),
        (f"{MX}; spf=pass smtp.mailfrom=example",),
        (f"{MX}; dkim=pass header.d=school.example.evil.example",),
        (f"{MX}; dkim=pass header.d=myschool.example",),
        (f"{MX}; dmarc=pass header.from=elsewhere.example",),
        (f"{MX}; dmarc=bestguesspass action=none header.from=school.example",),
        # Not of our server, or below what is not.
        (EXCHANGE_PASS,),
        ("mx.elsewhere.example; dmarc=pass header.from=school.example",),
        (f"{MX}.evil.example; dmarc=pass header.from=school.example",),
        (f"{MX}; none", "mx.elsewhere.example; none", OPENDMARC_PASS),
        (f"{MX}; none", "mx.elsewhere.example; (", OPENDMARC_PASS),
        (f"{MX} 2; dmarc=pass header.from=school.example",),
    ],
)
def test_of_whom_nothing_is_shown_is_in_doubt(headers: tuple[str, ...]) -> None:
    assert said(*headers) is Doubt.UNPROVEN


@pytest.mark.parametrize("name", [f'"{MX}"', f"(us) {MX}", '"mx".council.example', f"{MX}.evil"])
def test_a_name_that_a_server_may_not_know_for_its_own_vouches_for_nobody(name: str) -> None:
    """Else what came with the letter would count beside what our server found."""
    forged = f"{name}; dkim=pass header.d=school.example"

    assert said(forged, OPENDMARC_NONE, POLICYD_OTHER) is Doubt.UNPROVEN
    assert said(OPENDMARC_NONE, forged, POLICYD_OTHER) is Doubt.UNPROVEN


def test_a_letter_from_nobody_or_from_two_is_in_doubt() -> None:
    headers = (f"{MX}; spf=pass smtp.mailfrom=school.example; dmarc=pass",)

    assert doubt(headers, server=MX, sender=None) is Doubt.UNPROVEN


def hostile() -> Iterator[str]:
    long = 20_000
    yield from ("(" * long, "(" * long + ")" * long, "\\" * long, '"' * long, '"\\' * long)
    yield from (f"{MX};" + sign * long for sign in ("=", ";", " ", "a", "a=", "(a)", '"a"', '"'))
    yield from (f"{MX}; dkim=pass " + "a.b=c " * long, f"{MX}" + " 1" * long, "\x00" * long)
    chance = Random(8601)
    for _ in range(1_000):
        signs = chance.choices('()"\\;=. a\n\t/@1é\ud800', k=chance.randrange(1, 40))
        yield f"{MX};" + "".join(signs)


def test_hostile_headers_are_read_at_once_and_raise_nothing() -> None:
    began = perf_counter()

    assert {said(each) for each in hostile()} == {Doubt.UNPROVEN}

    assert perf_counter() - began < 10
