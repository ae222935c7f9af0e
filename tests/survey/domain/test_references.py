"""References of problem reports: drawn, read aloud, typed."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.references import LONGEST, SHORTEST, drawn, named_in, reference_of
from survey.domain.symbols import ALPHABET

LENGTHS = st.integers(SHORTEST, LONGEST)


@given(LENGTHS, st.randoms(use_true_random=False))
def test_a_reference_is_read_back_however_it_is_typed(length: int, random: Random) -> None:
    reference = drawn(length, random.randrange)

    assert len(reference) == len("P-") + length
    assert reference_of(reference) == reference
    assert reference_of(reference.lower().replace("-", " ")) == reference
    assert reference_of(reference[2:]) == reference
    assert reference_of(reference.replace("0", "o").replace("1", "l")) == reference


@given(LENGTHS, st.randoms(use_true_random=False))
def test_no_wrong_symbol_and_no_swap_of_neighbours_is_another_report(
    length: int, random: Random
) -> None:
    symbols = drawn(length, random.randrange)[2:]
    wrong = {
        symbols[:at] + other + symbols[at + 1 :]
        for at in range(length)
        for other in ALPHABET
        if other != symbols[at]
    }
    swapped = {
        symbols[:at] + b + a + symbols[at + 2 :]
        for at, (a, b) in enumerate(pairwise(symbols))
        if a != b
    }

    assert {reference_of(f"P-{each}") for each in wrong | swapped} == {None}


def test_no_reference_holds_a_vowel() -> None:
    random = Random(7)
    many = {drawn(SHORTEST, random.randrange) for _ in range(5_000)}

    assert not set("AEIOU") & set("".join(many))
    assert len(many) > 4_000


@pytest.mark.parametrize("text", ["", "P-", "P-4TK", "hello there", "12 June", "P-4TK2-4TK2-4TK2"])
def test_other_words_are_no_reference(text: str) -> None:
    assert reference_of(text) is None


def test_references_are_found_in_a_text_whatever_their_case_and_wrong_ones_are_not() -> None:
    one, two = (drawn(4, Random(seed).randrange) for seed in (1, 2))
    wrong = f"{one[:-1]}{'2' if one[-1] != '2' else '3'}"

    text = f"Re: {two.lower()}, ({one}) and {two}; not {wrong}, X{one} or p-1."

    assert named_in(text) == (two, one)
