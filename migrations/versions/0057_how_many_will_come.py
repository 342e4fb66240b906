"""How many will come on a queue's next open day, as told before it, and how many came"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "day_forecasts",
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_from", sa.Date(), nullable=False),
        sa.Column("low", sa.Integer(), nullable=False),
        sa.Column("high", sa.Integer(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("came", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name="fk_day_forecasts_queue_id_queues"),
        sa.PrimaryKeyConstraint("queue_id", "day", name="pk_day_forecasts"),
    )


def downgrade() -> None:
    op.drop_table("day_forecasts")
