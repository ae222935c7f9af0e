"""The addresses by which a letter is answered: "reply+TOKEN@tellback.example" for each case."""

from typing import Final

MARK: Final = "X-Tellback"
"""The header of every letter about a case: one that comes back to us is none to be taken in."""

LONGEST_NAME: Final = 11
"""Characters before the "@" of the address that we are given: with ours, an envelope takes 64."""


def signed(address: str, token: str) -> str:
    """The address with a token of 52 letters and digits in it."""
    name, _, domain = address.rpartition("@")
    return f"{name}+{token}@{domain}"


def token_in(address: str, ours: str) -> str | None:
    """What stands in an address of ours, '' where nothing does; None for any other address."""
    name, _, domain = address.strip().lower().rpartition("@")
    our_name, _, our_domain = ours.lower().rpartition("@")
    if domain != our_domain or not domain:
        return None
    before, plus, token = name.partition("+")
    if before != our_name or (plus and not token):
        return None
    return token
