"""Numbers and names of people in what somebody writes: found, and not seen where there are none."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.folding import folded
from survey.domain.identifiers import Found, Identifier, found, hidden

I = Identifier  # noqa: E741 (read as the kinds that they are)
NAMES = [("ann", "o'neill"), ("bob", "van", "dyke"), ("cerys",), ("sian", "ty", "ddewi")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("her NI is QQ123456C", []),  # the example of official forms, which nobody has
        ("her NI is AB123456C, thanks", [I.NATIONAL_INSURANCE]),
        ("ab 12 34 56 c", [I.NATIONAL_INSURANCE]),
        ("NHS number 943 476 5919.", [I.NHS]),
        ("943 476 5918", []),
        ("12-34-56 account 12345678", [I.BANK]),
        ("Sort code: 123456, account 12345678", [I.BANK]),
        ("account number 12345678 (sort code 12-34-56)", [I.BANK]),
        ("GB29 NWBK 6016 1331 9268 19", [I.BANK]),
        ("card 4111 1111 1111 1111", [I.CARD]),
        ("4111 1111 1111 1112", []),
        ("ring 020 8359 2000 or +44 7700 900123", [I.PHONE, I.PHONE]),
        ("(01632) 960 001", [I.PHONE]),
        ("she lives in NW4 4BG", [I.POSTCODE]),
        ("m1 1ae", [I.POSTCODE]),
        ("ann@example.org", [I.EMAIL]),
        ("Ann O'Neill was paid twice", [I.NAME]),
        ("BOB VAN DYKE and Bob", [I.NAME]),
        ("SIÂN TŶ DDEWI, Siân Ty Ddewi", [I.NAME, I.NAME]),
        ("Cerys said so", []),
        ("payslip wrong again for 3 TAs", []),
        ("it says 1,234.56 and should be 1,432.65", []),
        ("since 03/04/2026 at 09:30, room B12, ticket 0012345678", []),
        ("P-4TK2 is still open", []),
        ("", []),
    ],
)
def test_what_is_there_is_found_and_nothing_else(text: str, expected: list[Identifier]) -> None:
    assert [each.identifier for each in found(text, NAMES)] == expected


def test_what_was_found_is_replaced_and_the_rest_stays() -> None:
    text = "Ann O'Neill, AB123456C, was paid twice"

    assert hidden(text, found(text, NAMES)) == "[…], […], was paid twice"


@given(st.text(max_size=300))
def test_whatever_is_typed_what_is_found_lies_in_the_text_and_does_not_overlap(text: str) -> None:
    there = found(text, NAMES)

    assert all(0 <= each.begin < each.end <= len(text) for each in there)
    assert all(one.end <= other.begin for one, other in pairwise(there))


# --- five hundred that are there, and texts in which none is ---

SENTENCES = (
    "The payslip for {} is wrong again.",
    "{}",
    "please check {}, she was told twice",
    "Details: {}; it has been like that since April",
    "it is for our caretaker ({})",
)
CLEAN = (
    "The payslips of three teaching assistants are wrong again since 3 April 2026.",
    "Report HR-114 says 1,204 staff, the system 1,198; see row 23456.",
    "Invoice 100234567 over £12,345.67 was paid on 03/04/2026 at 09:15.",
    "Room B12 4th floor, printer HP 4250 error 49.4C02, asset 00123456.",
    "We called on 1 May and 2 May and were number 17 in the queue for 45 minutes.",
    "Order 2026/05/000123, cost centre 10 20 30, ledger code 4400-1200.",
    "Version 10.15.7 build 19H2026 crashes with code 0x80070005.",
    "Our DfE number is 302/2001, URN 101234 and UPRN 200157813.",
    "Grace period ended; Will it be green in May? Ann will say by Lee Road.",
)


def _luhn(digits: str) -> str:
    for last in "0123456789":
        doubled = [int(d) * (1 + n % 2) for n, d in enumerate(reversed(digits + last))]
        if sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0:
            return digits + last
    raise AssertionError


def _spaced(random: Random, text: str, *sizes: int) -> str:
    gap = random.choice(["", " ", "-"])
    parts, at = [], 0
    for size in sizes:
        parts.append(text[at : at + size])
        at += size
    return gap.join(parts)


def _ni(random: Random) -> str:
    prefix = random.choice(["AB", "CE", "JG", "KL", "MX", "PY", "RA", "SJ", "WM", "YB"])
    number = f"{random.randrange(10**6):06}"
    text = _spaced(random, prefix + number + random.choice("ABCD"), 2, 2, 2, 2, 1)
    return random.choice([text, text.lower()])


def _nhs(random: Random) -> str:
    while True:
        digits = f"{random.randrange(4 * 10**8, 8 * 10**8):09}"
        total = sum(w * int(d) for w, d in zip(range(10, 1, -1), digits, strict=True))
        if (check := (11 - total % 11) % 11) != 10:
            return _spaced(random, f"{digits}{check}", 3, 3, 4)


def _bank(random: Random) -> str:
    code = f"{random.randrange(10**6):06}"
    account = f"{random.randrange(10**8):08}"
    dashed = "-".join([code[:2], code[2:4], code[4:]])
    return random.choice(
        [
            f"{dashed} {account}",
            f"sort code {dashed}, account number {account}",
            f"account number {account}, sort code {dashed}",
            f"sort code {code} account {account}",
        ]
    )


def _card(random: Random) -> str:
    digits = _luhn(f"{random.choice('45')}{random.randrange(10**14):014}")
    return _spaced(random, digits, 4, 4, 4, 4)


def _phone(random: Random) -> str:
    rest = f"{random.randrange(10**6):06}"
    return random.choice(
        [
            f"07700 9{rest[:5]}",
            f"+44 7700 {rest}",
            f"020 7946 0{rest[:3]}",
            f"01632 {rest}",
            f"(01632) {rest[:3]} {rest[3:]}",
        ]
    )


def _postcode(random: Random) -> str:
    area = random.choice(["NW4", "EN5", "SW1A", "M1", "CF10", "B33", "EC1A", "W1A", "LS6", "DN55"])
    text = f"{area} {random.randrange(10)}{random.choice('ABDEFGHJ')}{random.choice('LNPQRSTU')}"
    return random.choice([text, text.lower(), text.replace(" ", "")])


FIRST = ("Ann", "Siân", "Mary-Ann", "Mohammed", "Zoë", "Seán", "Priya", "Olu", "Grace", "Will")
LAST = ("Lee", "O'Brien", "Wójcik", "Okafor", "Llewellyn-Jones", "de Souza", "Green", "May", "Ng")
KNOWN = [tuple(folded(f"{first} {last}").split()) for first in FIRST for last in LAST]


def _name(random: Random) -> str:
    """Of somebody whom the body knows, as somebody in a hurry writes it."""
    name = f"{random.choice(FIRST)} {random.choice(LAST)}"
    return random.choice(
        [name, name.upper(), name.lower(), name.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")]
    )


MADE: dict[Identifier, Callable[[Random], str]] = {
    I.NATIONAL_INSURANCE: _ni,
    I.NHS: _nhs,
    I.BANK: _bank,
    I.CARD: _card,
    I.PHONE: _phone,
    I.POSTCODE: _postcode,
    I.NAME: _name,
}


def test_of_five_hundred_seeded_numbers_nearly_all_are_found_and_hardly_anything_else() -> None:
    """95 in 100 at least of each kind; in texts without any, none."""
    random, hits, all_ = Random(6), Counter[Identifier](), Counter[Identifier]()
    for number in range(560):
        kind = list(MADE)[number % len(MADE)]
        text = random.choice(SENTENCES).format(MADE[kind](random))
        all_[kind] += 1
        hits[kind] += [each.identifier for each in found(text, KNOWN)] == [kind]

    alarms = [each for text in CLEAN for each in found(text, KNOWN)]

    assert all(hits[kind] >= 0.95 * all_[kind] for kind in MADE), hits
    assert alarms == list[Found]()
