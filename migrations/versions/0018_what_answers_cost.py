"""How many segments each answer to a text had, kept when its words are forgotten"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbound_messages", sa.Column("reply_segments", sa.Integer(), nullable=True))
    # Those of before, as nearly as their words still tell: almost all were in GSM-7.
    op.execute(
        "UPDATE inbound_messages SET reply_segments ="
        " CASE WHEN length(reply) <= 160 THEN 1 ELSE (length(reply) + 152) / 153 END WHERE reply IS NOT NULL"
    )
    op.create_index(
        "ix_inbound_messages_of_queue", "inbound_messages", ["queue_id", "received_at"], unique=False
    )
    op.execute("DELETE FROM queue_days")  # the clock builds them again, with answers


def downgrade() -> None:
    op.execute("DELETE FROM queue_days")
    op.drop_index("ix_inbound_messages_of_queue", table_name="inbound_messages")
    op.drop_column("inbound_messages", "reply_segments")
