"""Keywords that a queue used to have lead on to it"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "old_keywords",
        sa.Column("keyword", sa.String(length=20), nullable=False),
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_old_keywords_queue_id_queues")),
        sa.PrimaryKeyConstraint("keyword", name=op.f("pk_old_keywords")),
    )
    op.create_index(op.f("ix_old_keywords_queue_id"), "old_keywords", ["queue_id"])


def downgrade() -> None:
    op.drop_table("old_keywords")
