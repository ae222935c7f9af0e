"""What a transaction is about, told from the statements that it sent to the database."""

import re
from collections.abc import Sequence
from typing import Final

_WRITE: Final = re.compile(
    r"\b(INSERT|UPDATE|DELETE)\s+(?:OR\s+\w+\s+)?(?:INTO\s+|FROM\s+)?\"?(\w+)", re.I
)
_ENDS: Final = re.compile(r"\s*(COMMIT|END)\b", re.I)
_FORGETS: Final = re.compile(r"\s*(BEGIN|START TRANSACTION|ROLLBACK\s*;?\s*$)", re.I)

# The first that fits: a submission from a chat is a step too.
_KINDS: Final[Sequence[tuple[str, str]]] = (
    ("delete sealed", "box opened"),
    ("insert receipts", "submission"),
    ("step", "step"),
    ("insert conversations", "conversation begun"),
    ("insert inbox", "updates kept"),
    ("update conversations", "turn shown"),
    ("update inbox", "update done"),
    ("insert cells", "figures published"),
    ("delete publication_due", "figures published"),
    ("insert chats", "choice kept"),
)


class Journal:
    """What one connection wrote since its transaction began."""

    def __init__(self) -> None:
        self._written: set[str] = set()

    def note(self, statement: str) -> None:
        if _FORGETS.match(statement):
            self._written.clear()
        for verb, table in _WRITE.findall(statement):
            self._written.add(f"{verb.lower()} {table.lower()}")
            if (verb.lower(), table.lower()) == (
                "update",
                "conversations",
            ) and "draft" in statement:
                self._written.add("step")

    def commits(self) -> str | None:
        """What is now committed, as `points.COMMITS` names it; None for anything else."""
        kind = next((kind for sign, kind in _KINDS if sign in self._written), None)
        self._written.clear()
        return kind


def ends(statement: str) -> bool:
    """Whether the statement commits."""
    return _ENDS.match(statement) is not None
