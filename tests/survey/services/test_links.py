"""Tokens: made from what they lead to and a key, and read back by that key alone."""

from uuid import UUID

import pytest

from survey.services.links import CASE, INVITATION, Links

SOME = UUID("b3c6a9de-5d0c-4a6f-9a3e-1f2d3c4b5a69")
KEY, OTHER = b"k" * 32, b"o" * 32


def links(*keys: bytes, kind: str = "invitation") -> Links:
    return Links(kind, *keys)


def test_a_token_leads_back_to_what_it_is_of_and_fits_a_link_to_the_bot() -> None:
    token = links(KEY).token(SOME)

    assert links(KEY).read(token) == SOME
    assert len(INVITATION + token) == len(CASE + token) <= 64
    assert links(KEY).token(SOME) == token


def test_a_token_goes_on_working_after_the_secret_was_changed_and_not_without_the_old_one() -> None:
    token = links(KEY).token(SOME)

    assert links(OTHER, KEY).read(token) == SOME
    assert links(OTHER).read(token) is None


@pytest.mark.parametrize("change", range(43))
def test_a_token_with_one_other_character_leads_nowhere(change: int) -> None:
    token = links(KEY).token(SOME)
    other = "A" if token[change] != "A" else "B"

    assert links(KEY).read(token[:change] + other + token[change + 1 :]) is None


@pytest.mark.parametrize("text", ["", "A" * 43, "é" * 43, "=" * 43, "A" * 44, "x"])
def test_a_text_that_is_no_token_leads_nowhere(text: str) -> None:
    assert links(KEY).read(text) is None


def test_a_token_of_one_kind_is_none_of_another_though_the_key_is_the_same() -> None:
    assert links(KEY, kind="case").read(links(KEY).token(SOME)) is None


def test_an_address_leads_back_in_small_letters_and_in_capitals() -> None:
    told = links(KEY).for_address(SOME)

    assert told == told.lower()
    assert len(f"reply+{told}") <= 64  # of an address before its @ (RFC 5321, 4.5.3.1.1)
    assert links(KEY).from_address(told) == links(KEY).from_address(told.upper()) == SOME
    assert links(OTHER).from_address(told) is None


@pytest.mark.parametrize("change", range(52))
def test_an_address_with_one_other_letter_leads_nowhere(change: int) -> None:
    told = links(KEY).for_address(SOME)
    other = "a" if told[change] != "a" else "b"

    assert links(KEY).from_address(told[:change] + other + told[change + 1 :]) is None


@pytest.mark.parametrize("text", ["", "a" * 52, "é" * 52, "=" * 52, "a" * 53, "1" * 52])
def test_a_text_that_is_no_address_leads_nowhere(text: str) -> None:
    assert links(KEY).from_address(text) is None
