"""What managers want to be told of, the troubles they were told of, and the phones they have shown to be theirs"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "alarm_settings",
        sa.Column("servicer_id", sa.Integer(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("by_text", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("texts_failing", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("backup_late", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["servicer_id"], ["servicers.id"], name="fk_alarm_settings_servicer_id_servicers"
        ),
        sa.PrimaryKeyConstraint("servicer_id", name="pk_alarm_settings"),
    )
    op.create_table(
        "queue_alarms",
        sa.Column("servicer_id", sa.Integer(), nullable=False),
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("most_waiting", sa.Integer(), nullable=True),
        sa.Column("stalled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("unstaffed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("called_long_ago", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name="fk_queue_alarms_queue_id_queues"),
        sa.ForeignKeyConstraint(
            ["servicer_id"], ["servicers.id"], name="fk_queue_alarms_servicer_id_servicers"
        ),
        sa.PrimaryKeyConstraint("servicer_id", "queue_id", name="pk_queue_alarms"),
    )
    op.create_index("ix_queue_alarms_queue_id", "queue_alarms", ["queue_id"])
    op.create_table(
        "troubles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("servicer_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("began_at", moment, nullable=False),
        sa.Column("told_at", moment, nullable=True),
        sa.Column("better_since", moment, nullable=True),
        sa.Column("over_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["servicer_id"], ["servicers.id"], name="fk_troubles_servicer_id_servicers"),
        sa.PrimaryKeyConstraint("id", name="pk_troubles"),
    )
    is_open = sa.text("over_at IS NULL")
    op.create_index(
        "uq_troubles_open",
        "troubles",
        ["servicer_id", "subject"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.add_column("letters", sa.Column("handed_over_at", moment, nullable=True))
    op.add_column("servicers", sa.Column("phone_proved_at", moment, nullable=True))


def downgrade() -> None:
    op.drop_column("servicers", "phone_proved_at")
    op.drop_column("letters", "handed_over_at")
    for table in ("troubles", "queue_alarms", "alarm_settings"):
        op.drop_table(table)
