"""Links and codes: the same 128 bits, once for a tap and once for fingers."""

import hashlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.joining import Slip, digest, for_link, for_print, from_link, from_print

SECRETS = st.binary(min_size=16, max_size=16)
SECRET = bytes.fromhex("00112233445566778899aabbccddeeff")
CODE = for_print(SECRET)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@given(SECRETS)
def test_a_link_and_a_code_carry_the_same_bits(secret: bytes) -> None:
    assert from_link(for_link(secret)) == secret == from_print(for_print(secret))


@given(SECRETS)
def test_a_link_has_22_characters_and_fits_what_telegram_starts_a_bot_with(secret: bytes) -> None:
    assert len(for_link(secret)) == 22
    assert set(for_link(secret)) <= set(string.ascii_letters + string.digits + "-_")


@given(SECRETS)
def test_a_code_has_nine_groups_of_three_and_begins_with_a_digit(secret: bytes) -> None:
    groups = for_print(secret).split("-")
    assert [len(group) for group in groups] == [3] * 9
    assert set("".join(groups)) <= set(ALPHABET)
    assert groups[0][0] in "01234567"


@pytest.mark.parametrize(
    "typed",
    [
        CODE.lower(),
        CODE.replace("-", ""),
        CODE.replace("-", " "),
        CODE.replace("-", " - "),
        CODE.replace("-", "\N{EN DASH}"),
        CODE.replace("-", "\N{NO-BREAK SPACE}"),
        CODE.replace("-", "."),
        f"\n {CODE}  ",
        CODE.replace("0", "O").replace("1", "I"),
        CODE.replace("0", "o").replace("1", "l"),
    ],
)
def test_case_spaces_dashes_and_letters_like_digits_are_forgiven(typed: str) -> None:
    assert from_print(typed) == SECRET


@pytest.mark.parametrize("place", range(27))
def test_every_slip_of_one_character_is_told(place: int) -> None:
    code = CODE.replace("-", "")
    slips = [code[:place] + other + code[place + 1 :] for other in ALPHABET if other != code[place]]
    assert {from_print(slip) for slip in slips} == {Slip.CHARACTERS}


@pytest.mark.parametrize("place", range(26))
def test_two_characters_that_changed_places_are_told(place: int) -> None:
    code = CODE.replace("-", "")
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert from_print(swapped) == (SECRET if swapped == code else Slip.CHARACTERS)


@pytest.mark.parametrize("typed", [CODE[:-1], CODE[:-4], CODE + "7", CODE[4:], CODE + "-7KM"])
def test_characters_missing_or_too_many_are_told(typed: str) -> None:
    assert from_print(typed) is Slip.LENGTH


def test_a_letter_that_no_code_has_is_told() -> None:
    assert from_print(f"{CODE[:4]}U{CODE[5:]}") is Slip.CHARACTERS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Agree",
        "The rota changes far too late",
        "I like the new school dinners",
        "it is late all day long here too in every team of ours",
        "020 8359 2000 and 020 8359 7777",
        "12345678901234567890123 4567",
        "2024, 2025 and 2026",
        "s_people-pulse",
        "\0" * 27,
        "Ⅷ" * 27,
        "٣" * 27,
        "K" * 5000,
    ],
)
def test_what_people_write_is_no_code(text: str) -> None:
    assert from_print(text) is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading(text: str) -> None:
    from_print(text)
    assert from_link(text) is None or len(text) == 22


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a" * 21,
        "a" * 23,
        "a" * 64,
        "=" * 22,
        f"{'a' * 21}é",
        f"{'a' * 21}\n",
        "AAAAAAAAAAAAAAAAAAAAAB",
    ],
)
def test_no_other_token_is_a_link(token: str) -> None:
    assert from_link(token) is None


def test_what_is_stored_is_a_hash() -> None:
    assert digest(SECRET) == hashlib.sha256(SECRET).digest()
