"""Campaigns, waves, invitations, messages to send, and when nothing is sent."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_CELL = ["questionnaire", "series", "measure", "unit", "service", "by", "start"]


def upgrade() -> None:
    op.create_table(
        "closures",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", "unit", name=op.f("pk_closures")),
    )
    op.create_table(
        "paces",
        sa.Column("bot", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("bot", name=op.f("pk_paces")),
    )
    op.create_table(
        "pauses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pauses")),
    )
    op.create_table(
        "refused_addresses",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_refused_addresses")),
    )
    op.create_table(
        "asked",
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invitation", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["people.id"], name=op.f("fk_asked_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_asked")),
    )
    op.create_table(
        "campaigns",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("plan", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("questionnaire", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("launched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("launched_by", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_slot", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["questionnaire"], ["questionnaires.key"], name=op.f("fk_campaigns_questionnaire")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_campaigns")),
    )
    op.create_index(
        "ix_campaigns_due",
        "campaigns",
        ["next_at"],
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )

    op.create_table(
        "campaign_plans",
        sa.Column("campaign", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("plan", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"],
            ["campaigns.key"],
            name=op.f("fk_campaign_plans_campaign"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign", "revision", name=op.f("pk_campaign_plans")),
    )
    op.create_table(
        "waves",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("campaign", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(length=64), nullable=False),
        sa.Column("questionnaire", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("privacy", sa.String(length=12), nullable=False),
        sa.Column("floor", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached", sa.Uuid(), nullable=True),
        sa.Column("expanded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["campaign"], ["campaigns.key"], name=op.f("fk_waves_campaign")),
        sa.ForeignKeyConstraint(
            ["questionnaire"], ["questionnaires.key"], name=op.f("fk_waves_questionnaire")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_waves")),
        sa.UniqueConstraint("campaign", "number", name=op.f("uq_waves_campaign_number")),
        sa.UniqueConstraint("campaign", "slot", name=op.f("uq_waves_campaign_slot")),
    )
    op.create_index(op.f("ix_waves_state"), "waves", ["state"])

    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wave", sa.String(length=64), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=True),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("body", sa.String(length=64), server_default="", nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("channel", sa.String(length=12), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.Integer(), server_default="0", nullable=False),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delegated_by", sa.Uuid(), nullable=True),
        sa.Column("hand_ons", sa.Integer(), server_default="0", nullable=False),
        sa.Column("response", sa.Uuid(), nullable=True),
        sa.Column("about", sa.Text(), server_default="", nullable=False),
        sa.Column("about_service", sa.String(length=64), server_default="", nullable=False),
        sa.Column("about_day", sa.Date(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("mode", sa.String(length=12), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["people.id"], name=op.f("fk_invitations_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["wave"], ["waves.key"], name=op.f("fk_invitations_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("wave", "person", "body", name=op.f("uq_invitations_wave_person_body")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index(op.f("ix_invitations_person"), "invitations", ["person"])

    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wave", sa.String(length=64), nullable=False),
        sa.Column("invitation", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hold", sa.String(length=64), nullable=True),
        sa.Column("holder", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("repeats", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("channel", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation"],
            ["invitations.id"],
            name=op.f("fk_deliveries_invitation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["wave"], ["waves.key"], name=op.f("fk_deliveries_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("invitation", "number", name=op.f("uq_deliveries_invitation_number")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["wave", "due_at", "id"],
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )

    with op.batch_alter_table("cells") as table:
        table.add_column(sa.Column("wave", sa.String(length=64), server_default="", nullable=False))
        table.drop_constraint(op.f("pk_cells"), type_="primary")
        table.create_primary_key(op.f("pk_cells"), [*_CELL, "wave"])

    with op.batch_alter_table("chats") as table:
        table.add_column(sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("conversations") as table:
        table.add_column(sa.Column("invitation", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("wave", sa.String(length=64), server_default="", nullable=False))
        table.create_index(op.f("ix_conversations_invitation"), ["invitation"], unique=False)
        table.create_foreign_key(
            op.f("fk_conversations_invitation"),
            "invitations",
            ["invitation"],
            ["id"],
            ondelete="SET NULL",
        )


def downgrade() -> None:
    with op.batch_alter_table("conversations") as table:
        table.drop_constraint(op.f("fk_conversations_invitation"), type_="foreignkey")
        table.drop_index(op.f("ix_conversations_invitation"))
        table.drop_column("wave")
        table.drop_column("invitation")

    with op.batch_alter_table("chats") as table:
        table.drop_column("failed_at")
        table.drop_column("failures")
        table.drop_column("blocked_at")

    op.execute("DELETE FROM cells WHERE wave <> ''")
    with op.batch_alter_table("cells") as table:
        table.drop_constraint(op.f("pk_cells"), type_="primary")
        table.create_primary_key(op.f("pk_cells"), _CELL)
        table.drop_column("wave")
    op.drop_table("deliveries")
    op.drop_table("invitations")
    op.drop_table("waves")
    op.drop_table("campaign_plans")
    op.drop_table("campaigns")
    op.drop_table("asked")
    op.drop_table("refused_addresses")
    op.drop_table("pauses")
    op.drop_table("paces")
    op.drop_table("closures")
