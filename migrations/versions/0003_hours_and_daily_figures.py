"""Queues open and close by the clock; the day's figures are kept and summed up by mail"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TURNED_AWAY = sa.text("kind = 'turned_away'")
OPEN = sa.text("state IN ('waiting', 'sending')")


def columns() -> dict[str, list[sa.Column]]:
    return {
        "queues": [sa.Column("hours_kept_at", MOMENT, nullable=True)],
        "businesses": [
            sa.Column("summary_hour", sa.Integer(), nullable=False, server_default="20"),
            sa.Column("summarized_day", sa.Date(), nullable=True),
        ],
        "servicers": [
            sa.Column("gets_summary", sa.Boolean(), nullable=False, server_default=sa.true()),
            sa.Column("wants_summary_texts", sa.Boolean(), nullable=False, server_default=sa.false()),
        ],
    }


def upgrade() -> None:
    for table, added in columns().items():
        for column in added:
            op.add_column(table, column)
    op.create_index(
        "ix_events_turned_away",
        "events",
        ["queue_id", "at"],
        unique=False,
        sqlite_where=TURNED_AWAY,
        postgresql_where=TURNED_AWAY,
    )
    op.create_table(
        "queue_days",
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("figures", JSON, nullable=False),
        sa.Column("computed_at", MOMENT, nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_queue_days_queue_id_queues")),
        sa.PrimaryKeyConstraint("queue_id", "day", name=op.f("pk_queue_days")),
    )
    op.create_table(
        "summary_mails",
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("servicer_id", sa.Integer(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("send_after", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("handed_over_at", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_summary_mails_business_id_businesses")
        ),
        sa.ForeignKeyConstraint(
            ["servicer_id"], ["servicers.id"], name=op.f("fk_summary_mails_servicer_id_servicers")
        ),
        sa.PrimaryKeyConstraint("business_id", "day", "servicer_id", name=op.f("pk_summary_mails")),
    )
    op.create_index(
        "ix_summary_mails_open",
        "summary_mails",
        ["send_after"],
        unique=False,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    op.drop_index("ix_summary_mails_open", table_name="summary_mails")
    op.drop_table("summary_mails")
    op.drop_table("queue_days")
    op.drop_index("ix_events_turned_away", table_name="events")
    for table, added in columns().items():
        for column in added:
            op.drop_column(table, column.name)
