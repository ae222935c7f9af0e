"""What the writer's own connections are asked, seen where the drivers take it."""

import sqlite3
from typing import Any

import asyncpg
import pytest


class StatementsSeen:
    """Notes each statement that is no setting, and can lose the answer to a commit."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._seen: list[str] = []
        self._losing = False
        of_file, of_server = sqlite3.connect, asyncpg.connect

        def connect_file(*arguments: Any, **options: Any) -> Any:
            if options.get("factory"):
                return of_file(*arguments, **options)
            return of_file(*arguments, **options, factory=self._file_connection())

        async def connect_server(*arguments: Any, **options: Any) -> Any:
            return await of_server(
                *arguments, **options, connection_class=self._server_connection()
            )

        monkeypatch.setattr(sqlite3, "connect", connect_file)
        monkeypatch.setattr(asyncpg, "connect", connect_server)

    def taken(self) -> list[str]:
        """The statements since this was asked last."""
        taken, self._seen = self._seen, []
        return taken

    def lose_a_commit(self) -> None:
        """Once: it is done, and whoever asked for it hears that the connection broke."""
        self._losing = True

    @property
    def commit_lost(self) -> bool:
        return not self._losing

    def _done(self, statement: str) -> None:
        if not statement.startswith("PRAGMA"):
            self._seen.append(statement)
        if self._losing and statement.startswith(("COMMIT", "WITH fits ")):
            self._losing = False
            raise ConnectionResetError

    def _file_connection(self) -> type[sqlite3.Connection]:
        done = self._done

        class Seen(sqlite3.Connection):
            def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
                found = super().execute(sql, *parameters)
                done(sql)
                return found

        return Seen

    def _server_connection(self) -> type[asyncpg.Connection]:
        done = self._done

        class Seen(asyncpg.Connection):  # type: ignore[misc]
            async def execute(self, query: str, *values: Any, **options: Any) -> str:
                found: str = await super().execute(query, *values, **options)
                done(query)
                return found

            async def fetchval(self, query: str, *values: Any, **options: Any) -> Any:
                found = await super().fetchval(query, *values, **options)
                done(query)
                return found

            async def fetch(self, query: str, *values: Any, **options: Any) -> list[Any]:
                found: list[Any] = await super().fetch(query, *values, **options)
                done(query)
                return found

        return Seen
