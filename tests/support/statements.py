"""What is asked of the database, for tests of how often."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from tests.support.application import Running


@contextmanager
def statements_of(here: Running) -> Iterator[list[str]]:
    """The statements that are sent while it lasts, in order."""
    engine, found = here.core.database.engine.sync_engine, list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
