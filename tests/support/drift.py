"""Do the migrations make the tables that the code declares?

    python -m tests.support.drift

Migrates an empty SQLite file and compares it with the declared tables; prints each difference and
ends with 1 where there is one, as `alembic check` does.
"""

import sys
import tempfile
from pathlib import Path

from survey.db.migrate import check, upgrade


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="tellback-drift-") as folder:
        url = f"sqlite:///{Path(folder) / 'drift.sqlite'}"
        upgrade(url)
        differences = check(url)
    if not differences:
        sys.stdout.write("The migrations make the declared tables.\n")
        return 0
    for difference in differences:
        sys.stderr.write(f"{difference}\n")
    sys.stderr.write("The tables differ from the migrations: add a migration.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
