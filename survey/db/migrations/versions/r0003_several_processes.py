"""Several processes on one database, moving between channels, and holding a restored copy."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lanes",
        sa.Column("bot", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bot", "user", name=op.f("pk_lanes")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "handovers",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("conversation", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=4), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('chat', 'web')", name=op.f("ck_handovers_channel")),
        sa.ForeignKeyConstraint(
            ["conversation"],
            ["conversations.id"],
            name=op.f("fk_handovers_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_handovers")),
    )
    with op.batch_alter_table("conversations") as conversations:
        conversations.add_column(sa.Column("participant", sa.String(length=32), nullable=True))
    with op.batch_alter_table("installation") as installation:
        installation.add_column(sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("installation") as installation:
        installation.drop_column("held_at")
    with op.batch_alter_table("conversations") as conversations:
        conversations.drop_column("participant")
    op.drop_table("handovers")
    op.drop_table("leases")
    op.drop_table("lanes")
