"""How a person or an account is named in one word, where it may also be somebody else.

    "person:6f1c7c9e-…"    "account:9a02d5b1-…"

So the record says who did what to whom, an entry whose it is, and a message whom it is for.
"""

from typing import Final
from uuid import UUID

_PERSON: Final = "person:"
_ACCOUNT: Final = "account:"


def named_person(person: UUID) -> str:
    return f"{_PERSON}{person}"


def person_of(name: str) -> UUID | None:
    """The person whom `named_person` named; None where it names anything else."""
    return UUID(name.removeprefix(_PERSON)) if name.startswith(_PERSON) else None


def named_account(account: UUID) -> str:
    return f"{_ACCOUNT}{account}"


def account_of(name: str) -> UUID | None:
    """The account which `named_account` named; None where it names anything else."""
    return UUID(name.removeprefix(_ACCOUNT)) if name.startswith(_ACCOUNT) else None
