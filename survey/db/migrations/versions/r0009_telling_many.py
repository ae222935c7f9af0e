"""What is told to many at once: how far that is, and who else agreed to it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("problem", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "data",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            server_default="{}",
            nullable=False,
        ),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("after", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["action"], ["actions.id"], name=op.f("fk_announcements_action"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["problem"], ["problems.id"], name=op.f("fk_announcements_problem"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    op.create_index(op.f("ix_announcements_problem"), "announcements", ["problem"])
    op.create_index(op.f("ix_announcements_action"), "announcements", ["action"])
    op.create_index(
        "ix_announcements_due",
        "announcements",
        ["at"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.add_column("actions", sa.Column("proposed_by", sa.Text(), nullable=True))
    op.add_column("actions", sa.Column("approved_by", sa.Text(), nullable=True))
    # Which messages wait is told by their kind.
    op.drop_column("tellings", "bundled")


def downgrade() -> None:
    op.add_column(
        "tellings",
        sa.Column("bundled", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.drop_column("actions", "approved_by")
    op.drop_column("actions", "proposed_by")
    op.drop_table("announcements")
