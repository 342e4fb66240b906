"""What happened in each quarter hour of a day: for quiet times, and how many will come tomorrow"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "day_tallies",
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("quarters", JSON, nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name="fk_day_tallies_queue_id_queues"),
        sa.PrimaryKeyConstraint("queue_id", "day", name="pk_day_tallies"),
    )


def downgrade() -> None:
    op.drop_table("day_tallies")
