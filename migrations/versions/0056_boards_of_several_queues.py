"""Boards of several queues, each with a colour, and a letter before a queue's numbers"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "boards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("spoken_languages", sa.String(length=20), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["businesses.id"], name="fk_boards_business_id_businesses"),
        sa.PrimaryKeyConstraint("id", name="pk_boards"),
        sa.UniqueConstraint("token", name="uq_boards_token"),
    )
    op.create_index("ix_boards_business_id", "boards", ["business_id"])
    op.create_table(
        "board_queues",
        sa.Column("board_id", sa.Integer(), nullable=False),
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("colour", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["board_id"], ["boards.id"], name="fk_board_queues_board_id_boards"),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name="fk_board_queues_queue_id_queues"),
        sa.PrimaryKeyConstraint("board_id", "queue_id", name="pk_board_queues"),
    )
    op.create_table(
        "board_messages",
        sa.Column("board_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("messages", JSON, nullable=False),
        sa.ForeignKeyConstraint(["board_id"], ["boards.id"], name="fk_board_messages_board_id_boards"),
        sa.PrimaryKeyConstraint("board_id", "language", name="pk_board_messages"),
    )
    op.add_column("queues", sa.Column("prefix", sa.String(1), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("queues", "prefix")
    op.drop_table("board_messages")
    op.drop_table("board_queues")
    op.drop_table("boards")
