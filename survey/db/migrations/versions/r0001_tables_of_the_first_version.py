"""Tables of the first version."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", DOCUMENT, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
    )
    op.create_table(
        "chats",
        sa.Column("bot", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("language", sa.String(length=3), nullable=True),
        sa.Column("unit", sa.String(length=64), nullable=True),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("bot", "user", name=op.f("pk_chats")),
    )
    op.create_table(
        "imports",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_imports")),
    )
    op.create_table(
        "inbox",
        sa.Column("bot", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user", sa.BigInteger(), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("payload_key", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=64), nullable=True),
        sa.Column("parked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("bot", "update_id", name=op.f("pk_inbox")),
    )
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("payload IS NOT NULL AND NOT parked"),
        postgresql_where=sa.text("payload IS NOT NULL AND NOT parked"),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.CheckConstraint("kind IN ('demo', 'real')", name=op.f("ck_installation_kind")),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "questionnaires",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("open_link", sa.Boolean(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_questionnaires")),
    )
    op.create_table(
        "receipts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("reference", name=op.f("uq_receipts_reference")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_revision_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
    )
    op.create_table(
        "services",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("parent", sa.String(length=64), nullable=True),
        sa.Column("label", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["parent"],
            ["services.key"],
            name=op.f("fk_services_parent"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_services")),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)
    op.create_table(
        "units",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("parent", sa.String(length=64), nullable=True),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent"],
            ["units.key"],
            name=op.f("fk_units_parent"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_units")),
    )
    op.create_table(
        "boxes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("questionnaire", sa.String(length=64), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("wave", sa.String(length=64), nullable=False),
        sa.Column("floor", sa.Integer(), nullable=False),
        sa.Column("privacy", sa.String(length=12), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["questionnaire"], ["questionnaires.key"], name=op.f("fk_boxes_questionnaire")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boxes")),
        sa.UniqueConstraint(
            "questionnaire", "month", "wave", name=op.f("uq_boxes_questionnaire_month_wave")
        ),
    )
    op.create_table(
        "cells",
        sa.Column("questionnaire", sa.String(length=64), nullable=False),
        sa.Column("series", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("measure", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=8), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("value_band", sa.Text(), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("n_band", sa.Text(), nullable=True),
        sa.Column("low", sa.Text(), nullable=True),
        sa.Column("high", sa.Text(), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("basis", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["questionnaire"], ["questionnaires.key"], name=op.f("fk_cells_questionnaire")
        ),
        sa.PrimaryKeyConstraint(
            "questionnaire",
            "series",
            "measure",
            "unit",
            "service",
            "by",
            "start",
            name=op.f("pk_cells"),
        ),
    )
    op.create_index(
        "ix_cells_not_final",
        "cells",
        ["end"],
        unique=False,
        sqlite_where=sa.text("NOT final"),
        postgresql_where=sa.text("NOT final"),
    )
    op.create_table(
        "counts",
        sa.Column("questionnaire", sa.String(length=64), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("wave", sa.String(length=64), nullable=False),
        sa.Column("series", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("dimension", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["questionnaire"], ["questionnaires.key"], name=op.f("fk_counts_questionnaire")
        ),
        sa.PrimaryKeyConstraint(
            "questionnaire",
            "month",
            "wave",
            "series",
            "unit",
            "service",
            "dimension",
            "category",
            "question",
            "value",
            name=op.f("pk_counts"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "idempotency",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("body", sa.String(length=64), nullable=False),
        sa.Column("receipt", sa.Uuid(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["receipt"],
            ["receipts.id"],
            name=op.f("fk_idempotency_receipt"),
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_idempotency_accepted_at"), "idempotency", ["accepted_at"], unique=False
    )
    op.create_table(
        "participations",
        sa.Column("questionnaire", sa.String(length=64), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("wave", sa.String(length=64), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["questionnaire"], ["questionnaires.key"], name=op.f("fk_participations_questionnaire")
        ),
        sa.PrimaryKeyConstraint(
            "questionnaire", "month", "wave", "participant", name=op.f("pk_participations")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "publication_due",
        sa.Column("questionnaire", sa.String(length=64), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["questionnaire"], ["questionnaires.key"], name=op.f("fk_publication_due_questionnaire")
        ),
        sa.Column("marks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("questionnaire", "month", name=op.f("pk_publication_due")),
    )
    op.create_table(
        "versions",
        sa.Column("questionnaire", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("floor", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changes", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["questionnaire"], ["questionnaires.key"], name=op.f("fk_versions_questionnaire")
        ),
        sa.PrimaryKeyConstraint("questionnaire", "number", name=op.f("pk_versions")),
    )
    op.create_table(
        "conversations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("questionnaire", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(length=12), nullable=False),
        sa.Column("draft", sa.LargeBinary(), nullable=False),
        sa.Column("draft_key", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receipt", sa.Uuid(), nullable=True),
        sa.Column("shown", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["questionnaire", "version"],
            ["versions.questionnaire", "versions.number"],
            name=op.f("fk_conversations_questionnaire_version"),
        ),
        sa.ForeignKeyConstraint(
            ["receipt"], ["receipts.id"], name=op.f("fk_conversations_receipt"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
    )
    op.create_index(
        "ix_conversations_owed",
        "conversations",
        ["touched_at"],
        unique=False,
        sqlite_where=sa.text("owner LIKE 'telegram:%' AND (shown IS NULL OR shown < revision)"),
        postgresql_where=sa.text("owner LIKE 'telegram:%' AND (shown IS NULL OR shown < revision)"),
    )
    op.create_index(
        op.f("ix_conversations_owner_started_at"),
        "conversations",
        ["owner", "started_at"],
        unique=False,
    )
    op.create_table(
        "responses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("questionnaire", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("wave", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("answers", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["questionnaire", "version"],
            ["versions.questionnaire", "versions.number"],
            name=op.f("fk_responses_questionnaire_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_responses_questionnaire_month"),
        "responses",
        ["questionnaire", "month"],
        unique=False,
    )
    op.create_table(
        "sealed",
        sa.Column("box", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["box"], ["boxes.id"], name=op.f("fk_sealed_box")),
        sa.PrimaryKeyConstraint("box", "id", name=op.f("pk_sealed")),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO revision (id, number) VALUES (1, 0)")


def downgrade() -> None:
    op.drop_table("sealed")
    op.drop_index(op.f("ix_responses_questionnaire_month"), table_name="responses")
    op.drop_table("responses")
    op.drop_index(op.f("ix_conversations_owner_started_at"), table_name="conversations")
    op.drop_index(
        "ix_conversations_owed",
        table_name="conversations",
        sqlite_where=sa.text("owner LIKE 'telegram:%' AND (shown IS NULL OR shown < revision)"),
        postgresql_where=sa.text("owner LIKE 'telegram:%' AND (shown IS NULL OR shown < revision)"),
    )
    op.drop_table("conversations")
    op.drop_table("versions")
    op.drop_table("publication_due")
    op.drop_table("participations")
    op.drop_index(op.f("ix_idempotency_accepted_at"), table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_table("counts")
    op.drop_index(
        "ix_cells_not_final",
        table_name="cells",
        sqlite_where=sa.text("NOT final"),
        postgresql_where=sa.text("NOT final"),
    )
    op.drop_table("cells")
    op.drop_table("boxes")
    op.drop_table("units")
    op.drop_index(op.f("ix_sessions_expires_at"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("services")
    op.drop_table("revision")
    op.drop_table("receipts")
    op.drop_table("questionnaires")
    op.drop_table("installation")
    op.drop_index(
        "ix_inbox_waiting",
        table_name="inbox",
        sqlite_where=sa.text("payload IS NOT NULL AND NOT parked"),
        postgresql_where=sa.text("payload IS NOT NULL AND NOT parked"),
    )
    op.drop_table("inbox")
    op.drop_table("imports")
    op.drop_table("chats")
    op.drop_table("api_keys")
