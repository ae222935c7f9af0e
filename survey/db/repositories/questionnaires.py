"""Questionnaires and their versions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.repositories.installation import bump_revision
from survey.db.statements import insert_or_update, storable
from survey.db.tables import questionnaires, versions
from survey.domain.records import Comparison, QuestionnaireRow, Version


class SqlQuestionnaires:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, key: str) -> QuestionnaireRow | None:
        if not storable(key):
            return None
        chosen = select(questionnaires).where(questionnaires.c.key == key)
        row = (await self._connection.execute(chosen)).first()
        return _questionnaire(row) if row else None

    async def all(self) -> Sequence[QuestionnaireRow]:
        rows = await self._connection.execute(select(questionnaires).order_by(questionnaires.c.key))
        return [_questionnaire(row) for row in rows]

    async def version(self, key: str, number: int | None = None) -> Version | None:
        chosen = select(versions).where(versions.c.questionnaire == key)
        if number is None:
            chosen = chosen.order_by(versions.c.number.desc()).limit(1)
        else:
            chosen = chosen.where(versions.c.number == number)
        row = (await self._connection.execute(chosen)).first()
        return _version(row) if row else None

    async def versions(self, key: str) -> Sequence[Version]:
        """Oldest first."""
        rows = await self._connection.execute(
            select(versions).where(versions.c.questionnaire == key).order_by(versions.c.number)
        )
        return [_version(row) for row in rows]

    async def publish(self, version: Version, *, open_link: bool) -> None:
        """Keep the version and make it the newest; a closed questionnaire is open again."""
        await self._connection.execute(
            insert_or_update(self._connection, questionnaires),
            {
                "key": version.questionnaire,
                "version": version.number,
                "open_link": open_link,
                "closed_at": None,
            },
        )
        await self._connection.execute(
            insert(versions),
            {
                "questionnaire": version.questionnaire,
                "number": version.number,
                "series": version.series,
                "floor": version.floor,
                "content": version.content,
                "published_at": version.published_at,
                "changes": {name: str(change) for name, change in version.changes.items()},
            },
        )
        await bump_revision(self._connection)

    async def close(self, key: str, *, at: datetime) -> None:
        """Take no more answers; one that is closed keeps the time when it was."""
        await self._connection.execute(
            update(questionnaires)
            .where(questionnaires.c.key == key, questionnaires.c.closed_at.is_(None))
            .values(closed_at=at)
        )
        await bump_revision(self._connection)


def _questionnaire(row: Row[Any]) -> QuestionnaireRow:
    return QuestionnaireRow(row.key, row.version, row.open_link, row.closed_at)


def _version(row: Row[Any]) -> Version:
    return Version(
        questionnaire=row.questionnaire,
        number=row.number,
        series=row.series,
        floor=row.floor,
        content=row.content,
        published_at=row.published_at,
        changes={name: Comparison(change) for name, change in row.changes.items()},
    )
