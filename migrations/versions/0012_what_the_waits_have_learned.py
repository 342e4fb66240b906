"""What the waits have learned is kept; alerts go by the minutes that are most probably left"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("queue_waits", sa.Column("at_least", JSON, nullable=True))
    op.create_table(
        "queue_learning",
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("learned", JSON, nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_queue_learning_queue_id_queues")),
        sa.PrimaryKeyConstraint("queue_id", name=op.f("pk_queue_learning")),
    )


def downgrade() -> None:
    op.drop_table("queue_learning")
    op.drop_column("queue_waits", "at_least")
