"""What a transaction is about, told from the statements that it sent to the database."""

import re
from typing import Final

_WRITE: Final = re.compile(
    r"\b(INSERT|UPDATE|DELETE)\s+(?:OR\s+\w+\s+)?(?:INTO\s+|FROM\s+)?\"?(\w+)", re.IGNORECASE
)
_ENDS: Final = re.compile(r"\s*(COMMIT|END)\b", re.IGNORECASE)
_FORGETS: Final = re.compile(r"\s*(BEGIN|START TRANSACTION|ROLLBACK\s*;?\s*$)", re.IGNORECASE)
_DRAFT_KEY: Final = "draft-"
"""How the name begins of the key with which a step's draft is encrypted."""

_KINDS: Final = (
    ("insert inbox", "updates kept"),
    ("insert conversations", "conversation begun"),
    ("insert receipts", "submission"),
    ("step", "step"),
    ("shown", "turn shown"),
    ("insert chats", "choice kept"),
    ("delete sealed", "box opened"),
    ("insert cells", "figures published"),
    ("delete publication_due", "figures published"),
    ("insert cases", "report kept"),
    ("insert entries", "entry kept"),
)


class Journal:
    """What one connection wrote since its transaction began."""

    def __init__(self) -> None:
        self._written: set[str] = set()

    def note(self, statement: str, values: object = ()) -> None:
        if _FORGETS.match(statement):
            self._written.clear()
        for verb, table in _WRITE.findall(statement):
            written = f"{verb} {table}".lower()
            self._written.add(written)
            if written == "update conversations":
                # One statement keeps steps and what was shown, for many conversations.
                self._written.add("step" if _DRAFT_KEY in repr(values) else "shown")

    def commits(self) -> list[str]:
        """What is now committed, each as `points.COMMITS` names it; the writer's batches may be
        several things at once."""
        written = self._written
        if "insert receipts" in written:
            written.discard("shown")  # the last step of a conversation keeps no draft
        if "insert cases" in written:
            written.discard("insert entries")  # the first of them is the report
        kinds = [kind for sign, kind in _KINDS if sign in written]
        if "update inbox" in written and "update conversations" not in written:
            kinds.append("update done")
        written.clear()
        return list(dict.fromkeys(kinds))


def ends(statement: str) -> bool:
    """Whether the statement commits."""
    return _ENDS.match(statement) is not None
