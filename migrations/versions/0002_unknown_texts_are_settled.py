"""Unknown texts are settled, numbers are held, replies are followed"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WAITS_FOR_NEWS = sa.text("reply_settle_after IS NOT NULL")
MOMENT = sa.DateTime(timezone=True)


def columns() -> dict[str, list[sa.Column]]:
    return {
        "our_numbers": [
            sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("held_at", MOMENT, nullable=True),
            sa.Column("held_kind", sa.String(length=20), nullable=True),
            sa.Column("held_reason", sa.String(length=200), nullable=True),
            sa.Column("held_by_report", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("probe_after", MOMENT, nullable=True),
            sa.Column("probes", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("read_until", MOMENT, nullable=True),
        ],
        "customers": [sa.Column("text_failed_at", MOMENT, nullable=True)],
        "inbound_messages": [
            sa.Column("reply_state", sa.String(length=20), nullable=True),
            sa.Column("reply_error_code", sa.Integer(), nullable=True),
            sa.Column("reply_settle_after", MOMENT, nullable=True),
            sa.Column("reply_absent_at", MOMENT, nullable=True),
            sa.Column("reply_lookups", sa.Integer(), nullable=False, server_default="0"),
        ],
        "outbound_messages": [
            sa.Column("claimed_by", sa.String(length=120), nullable=True),
            sa.Column("settle_after", MOMENT, nullable=True),
            sa.Column("lookups", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("absent_at", MOMENT, nullable=True),
        ],
    }


def upgrade() -> None:
    for table, added in columns().items():
        for column in added:
            op.add_column(table, column)
    op.create_index(
        "ix_inbound_messages_reply_settle_after",
        "inbound_messages",
        ["reply_settle_after"],
        unique=False,
        sqlite_where=WAITS_FOR_NEWS,
        postgresql_where=WAITS_FOR_NEWS,
    )


def downgrade() -> None:
    op.drop_index("ix_inbound_messages_reply_settle_after", table_name="inbound_messages")
    for table, added in columns().items():
        for column in added:
            op.drop_column(table, column.name)
