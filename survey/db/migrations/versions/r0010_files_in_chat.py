"""Files of replies are told by themselves: each is a message of its own, after the words."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ONE_EACH = "uq_tellings_case_entry_receiver"
_ONE_FOR_EACH_PART = "uq_tellings_case_entry_receiver_part"
_UNTOLD = sa.text("settled_at IS NULL")


def upgrade() -> None:
    _drop_due()
    with op.batch_alter_table("tellings") as tellings:
        tellings.add_column(sa.Column("part", sa.Integer(), server_default="0", nullable=False))
        tellings.drop_constraint(op.f(_ONE_EACH), type_="unique")
        tellings.create_unique_constraint(
            op.f(_ONE_FOR_EACH_PART), ["case", "entry", "receiver", "part"]
        )
    _create_due()


def downgrade() -> None:
    op.execute("DELETE FROM tellings WHERE part > 0")
    _drop_due()
    with op.batch_alter_table("tellings") as tellings:
        tellings.drop_constraint(op.f(_ONE_FOR_EACH_PART), type_="unique")
        tellings.create_unique_constraint(op.f(_ONE_EACH), ["case", "entry", "receiver"])
        tellings.drop_column("part")
    _create_due()


def _drop_due() -> None:
    """The index of part of the rows: a table that is written anew would have it of all."""
    op.drop_index("ix_tellings_due", "tellings")


def _create_due() -> None:
    op.create_index(
        "ix_tellings_due",
        "tellings",
        ["due_at"],
        sqlite_where=_UNTOLD,
        postgresql_where=_UNTOLD,
    )
