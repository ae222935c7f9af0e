"""Keys for a part of the body or for a provider, and which cases a provider was given."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Its first word to the provider since it was last sorted to another service. Of the data of an
# entry a quotation mark within a text is written with a backslash before it.
_HAND_OVER = """
UPDATE cases SET handed_over = (
    SELECT min(told.number) FROM entries AS told
    WHERE told."case" = cases.id AND told.audience = 'provider' AND told.side = 'staff'
    AND told.number > coalesce(
        (
            SELECT max(moved.number) FROM entries AS moved
            WHERE moved."case" = cases.id AND moved.kind = 'sorted'
            AND CAST(moved.data AS TEXT) LIKE '%"service"%'
        ),
        0
    )
)
WHERE NOT restricted AND id IN (SELECT "case" FROM entries WHERE audience = 'provider')
"""


def upgrade() -> None:
    # Columns are added one by one: a table that is made anew takes what refers to it along.
    document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column(
        "api_keys",
        sa.Column("side", sa.String(length=12), server_default="staff", nullable=False),
    )
    op.add_column("api_keys", sa.Column("parts", document, server_default="[]", nullable=False))
    op.add_column("cases", sa.Column("handed_over", sa.Integer(), nullable=True))
    op.execute(_HAND_OVER)
    op.create_index(
        "ix_cases_handed_over",
        "cases",
        ["opened_at", "id"],
        sqlite_where=sa.text("handed_over IS NOT NULL"),
        postgresql_where=sa.text("handed_over IS NOT NULL"),
    )


def downgrade() -> None:
    """Who reached a part or was a provider reaches nothing: without that they would reach all."""
    keys = sa.table(
        "api_keys",
        sa.column("side", sa.String()),
        sa.column("parts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
        sa.column("revoked_at", sa.DateTime(timezone=True)),
    )
    bound = sa.or_(keys.c.side != "staff", sa.cast(keys.c.parts, sa.Text()) != "[]")
    op.execute(
        keys.update().where(bound, keys.c.revoked_at.is_(None)).values(revoked_at=datetime.now(UTC))
    )
    op.execute("DELETE FROM grants WHERE role = 'provider'")
    op.drop_index("ix_cases_handed_over", table_name="cases")
    op.drop_column("cases", "handed_over")
    op.drop_column("api_keys", "parts")
    op.drop_column("api_keys", "side")
