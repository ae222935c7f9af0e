"""Which passwords are taken (OWASP ASVS 5, 6.2)."""

import pytest

from survey.domain.passwords import fault_of

ABOUT = ("ann.lee@barnet.example", "Ann Lee", "Barnet Council")


@pytest.mark.parametrize(
    "password",
    [
        "tryst mellow orbit",
        "correct horse battery staple",
        "cwtch-a-phaned-9",
        "ŵyl y gân ŷd",
        "  spaces  count  ",
        "пароль на завтра",
        "x" * 3 + "kq8!vmznpw",
        "q7" * 3 + "mzk" * 40,
    ],
)
def test_a_long_password_of_any_kind_is_taken(password: str) -> None:
    assert fault_of(password, about=ABOUT) is None


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "Password1234!",
        "P@ssw0rd2026",
        "Qwertyuiop12",
        "letmeinletmein",
        "Summer2026!!",
        "123456789012",
        "abababababab",
        "abcdefghijkl",
        "welcome to the office 1",
        "annlee-1990-",
        "Barnet2026!!!",
        "tellback12345",
    ],
)
def test_one_of_the_first_that_a_guesser_tries_is_not(password: str) -> None:
    assert fault_of(password, about=ABOUT) == "common"


def test_what_is_common_for_one_body_may_be_a_password_in_another() -> None:
    assert fault_of("havering-4711", about=["Havering"]) == "common"
    assert fault_of("havering-4711", about=["Barnet Council"]) is None


@pytest.mark.parametrize(
    ("password", "fault"),
    [("mellow orbi", "too_short"), ("mellow orbit", None), ("m9k" * 43, "too_long")],
)
def test_it_has_12_to_128_characters(password: str, fault: str | None) -> None:
    assert fault_of(password, about=()) == fault


def test_a_letter_that_is_typed_in_two_parts_counts_once() -> None:
    composed, in_parts = "mellow orb\u00ee", "mellow orbi\u0302"

    assert (fault_of(composed, about=()), fault_of(in_parts, about=())) == ("too_short",) * 2
