"""Texts that people write: how much of one is kept, and what cannot be."""

from typing import Final

from survey.errors import Fault, FieldsRejected

LONGEST_MESSAGE: Final = 4_000
"""Characters of a message: what Telegram shows as one, with its frame."""


def fault_in(
    text: str, field: str = "text", *, longest: int = LONGEST_MESSAGE, needed: bool = False
) -> Fault | None:
    """What is wrong with it ("required", "too_long", "bad_sign"), or nothing."""
    if needed and not text:
        return Fault((field,), "required", "it is empty")
    if len(text) > longest:
        return Fault((field,), "too_long", f"it is longer than {longest} characters")
    if "\0" in text:
        return Fault((field,), "bad_sign", "it has a sign in it that cannot be kept")
    return None


def trimmed(
    text: str, field: str = "text", *, longest: int = LONGEST_MESSAGE, needed: bool = False
) -> str:
    """The text without what is around it. Raises: FieldsRejected, as `fault_in` says."""
    plain = text.strip()
    if fault := fault_in(plain, field, longest=longest, needed=needed):
        raise FieldsRejected([fault])
    return plain
