"""Column types that mean the same on SQLite and PostgreSQL."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

from survey.domain.expressions import Value


class Document(TypeDecorator[Any]):
    """A JSON document: binary on PostgreSQL, text on SQLite."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else JSON())


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in, aware and in UTC out.

    SQLite has no time zones and would hand back a naive time; a naive time going in is a mistake.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 (SQLAlchemy's signature)
    ) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Answers(Document):
    """Answers by question, as one JSON document that gives back the same Python values.

    Text, whole numbers and truth stand for themselves, several choices are a list; what JSON
    lacks is an object of one member: {"date": "2026-11-02"}, {"decimal": "7.50"}.
    """

    cache_ok = True

    def process_bind_param(
        self,
        value: Mapping[str, Value] | None,
        dialect: Dialect,  # noqa: ARG002 (SQLAlchemy's signature)
    ) -> dict[str, Any] | None:
        return None if value is None else {name: _to_json(given) for name, given in value.items()}

    def process_result_value(
        self,
        value: dict[str, Any] | None,
        dialect: Dialect,  # noqa: ARG002 (SQLAlchemy's signature)
    ) -> Mapping[str, Value] | None:
        return None if value is None else {name: _to_value(kept) for name, kept in value.items()}


def _to_json(value: Value) -> Any:
    match value:
        case tuple():
            return list(value)
        case date():
            return {"date": value.isoformat()}
        case Decimal():
            return {"decimal": str(value)}
        case _:
            return value


def _to_value(kept: Any) -> Value:
    match kept:
        case list():
            return tuple(kept)
        case {"date": str(day)}:
            return date.fromisoformat(day)
        case {"decimal": str(number)}:
            return Decimal(number)
        case str() | int() | bool() | None:
            return kept
        case _:
            raise ValueError(f"not an answer: {type(kept).__name__}")
