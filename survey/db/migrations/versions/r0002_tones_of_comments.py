"""Tones of comments."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tones",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("analyser", sa.Text(), nullable=False),
        sa.Column("polarity", sa.Integer(), nullable=True),
        sa.Column("subjectivity", sa.Integer(), nullable=True),
        sa.Column("month", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_tones")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("tones")
