"""Do the migrations make the tables that the code declares?

    python -m tests.support.drift

Migrates an empty SQLite file and compares it with `survey.db.tables`; prints each difference and
ends with 1 where there is one, as `alembic check` does.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, create_engine

from survey.db.migrate import upgrade
from survey.db.tables import metadata


def differences(connection: Connection, declared: MetaData) -> list[Any]:
    """What a new migration would have to change, in alembic's form; empty when nothing."""
    return list(compare_metadata(MigrationContext.configure(connection), declared))


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="tellback-drift-") as folder:
        url = f"sqlite:///{Path(folder) / 'drift.sqlite'}"
        upgrade(url)
        engine = create_engine(url)
        try:
            with engine.connect() as connection:
                found = differences(connection, metadata)
        finally:
            engine.dispose()
    for difference in found:
        sys.stderr.write(f"{difference}\n")
    if found:
        sys.stderr.write("The tables differ from the migrations: add a migration.\n")
        return 1
    sys.stdout.write("The migrations make the declared tables.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
