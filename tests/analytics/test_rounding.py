"""Decimal half up, on exact values."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.rounding import half_up


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (Fraction(47, 2), 0, "24"),
        (Fraction(45, 2), 0, "23"),
        (Fraction(-47, 2), 0, "-24"),
        (Fraction("52.952"), 0, "53"),
        (Fraction("58.495"), 0, "58"),
        (Fraction("0.05"), 1, "0.1"),
        (Fraction("61.96"), 1, "62.0"),
        (Fraction(-1, 10), 0, "0"),
        (Fraction(0), 1, "0.0"),
    ],
)
def test_a_half_goes_away_from_zero_and_a_vanishing_minus_with_it(
    value: Fraction, places: int, shown: str
) -> None:
    assert str(half_up(value, places)) == shown


def test_the_welsh_revenue_authority_of_2020_shows_75_and_75_and_a_rise_of_1() -> None:
    now, before = Fraction("75.43647583"), Fraction("74.63572484")

    assert [half_up(now, 0), half_up(before, 0), half_up(now - before, 0)] == [75, 75, 1]


def test_a_published_fall_from_58_to_53_shows_as_6() -> None:
    assert half_up(Fraction("52.952") - Fraction("58.495"), 0) == -6


@given(st.fractions(), st.integers(0, 3))
def test_rounding_moves_a_value_by_half_a_place_at_most(value: Fraction, places: int) -> None:
    assert abs(Fraction(half_up(value, places)) - value) <= Fraction(1, 2 * 10**places)


@given(st.fractions(), st.integers(0, 3))
def test_a_rise_and_a_fall_of_the_same_size_are_shown_alike(value: Fraction, places: int) -> None:
    assert Fraction(half_up(-value, places)) == -Fraction(half_up(value, places))


@given(st.fractions())
def test_the_shown_value_keeps_its_places(value: Fraction) -> None:
    assert half_up(value, 1).as_tuple().exponent == -1
