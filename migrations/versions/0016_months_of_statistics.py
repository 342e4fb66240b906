"""Months that are over are added up and kept, and how the stored days stand is told by an index"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "queue_months",
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("made_from", sa.String(length=64), nullable=False),
        sa.Column("figures", JSON, nullable=False),
        sa.Column("durations", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_queue_months_queue_id_queues")),
        sa.PrimaryKeyConstraint("queue_id", "month", name=op.f("pk_queue_months")),
    )
    op.execute("DELETE FROM queue_days")  # the clock builds them again: idle means something else now
    op.create_index(
        "ix_queue_days_standing", "queue_days", ["queue_id", "day", "computed_at", "is_final"], unique=False
    )


def downgrade() -> None:
    op.execute("DELETE FROM queue_days")
    op.drop_index("ix_queue_days_standing", table_name="queue_days")
    op.drop_table("queue_months")
