"""Kiosks: tablets of a queue on which visitors take a number, and the paper of their slips"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kiosks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("code_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name="fk_kiosks_queue_id_queues"),
        sa.PrimaryKeyConstraint("id", name="pk_kiosks"),
        sa.UniqueConstraint("key_hash", name="uq_kiosks_key_hash"),
    )
    op.create_index("ix_kiosks_queue_id", "kiosks", ["queue_id"])
    op.add_column("queues", sa.Column("slip_paper", sa.String(4), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("queues", "slip_paper")
    op.drop_table("kiosks")
