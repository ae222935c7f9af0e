"""Lists of open cases: what narrows one stands in the index that has its order."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NARROWS: Final = (
    "service",
    "unit",
    "owner",
    "state",
    "kind",
    "priority",
    "restricted",
    "impact",
    "likelihood",
    "due_at",
    "opened_at",
    "touched_at",
    "ended_at",
)
_INDEXES: Final = {
    "ix_cases_open_touched": ("touched_at", "ended_at IS NULL"),
    "ix_cases_open_opened": ("opened_at", "ended_at IS NULL"),
    "ix_cases_clocks": ("due_at", "due_at IS NOT NULL"),
}


def upgrade() -> None:
    for name, (place, of_these) in _INDEXES.items():
        _replace(name, [place, "id", *(each for each in _NARROWS if each != place)], of_these)


def downgrade() -> None:
    for name, (place, of_these) in _INDEXES.items():
        _replace(name, [place, "id"], of_these)


def _replace(name: str, columns: list[str], of_these: str) -> None:
    op.drop_index(name, "cases")
    where = sa.text(of_these)
    op.create_index(name, "cases", columns, sqlite_where=where, postgresql_where=where)
