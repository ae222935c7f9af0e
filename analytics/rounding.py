"""Rounding, done once and last."""

from decimal import Decimal
from fractions import Fraction


def half_up(value: Fraction, places: int) -> Decimal:
    """Round an exact value to `places` decimals; a half goes away from zero, and -0 is 0.

    A rise and a fall of the same size are thus shown with the same size. The result keeps
    its places: 62.0 is shown as 62.0 when one decimal is wanted.
    """
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    sign = 1 if value < 0 and whole else 0
    return Decimal((sign, tuple(map(int, str(whole))), -places))
