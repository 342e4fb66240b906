"""Our numbers have a channel and can be retired; which channels may join a queue; when a text was read"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

EVERY_CHANNEL = "sms whatsapp rcs"


def upgrade() -> None:
    # On SQLite both tables are built anew, with their rows: it can't widen a column or drop a constraint.
    with op.batch_alter_table("our_numbers") as batch:
        batch.add_column(_channel())
        batch.add_column(sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
        batch.alter_column("phone", type_=sa.String(length=64), existing_nullable=False)
        batch.drop_constraint("uq_our_numbers_phone", type_="unique")
        batch.create_unique_constraint("uq_our_numbers_channel_phone", ["channel", "phone"])
    with op.batch_alter_table("pretend_texts") as batch:
        batch.add_column(_channel())
        batch.alter_column("our_number", type_=sa.String(length=64), existing_nullable=False)
    op.add_column(
        "queues",
        sa.Column("channels", sa.String(length=60), server_default=EVERY_CHANNEL, nullable=False),
    )
    op.add_column(
        "queues", sa.Column("falls_back_to_sms", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("outbound_messages", sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("outbound_messages", "read_at")
    op.drop_column("queues", "falls_back_to_sms")
    op.drop_column("queues", "channels")
    with op.batch_alter_table("pretend_texts") as batch:
        batch.alter_column("our_number", type_=sa.String(length=20), existing_nullable=False)
        batch.drop_column("channel")
    with op.batch_alter_table("our_numbers") as batch:
        batch.drop_constraint("uq_our_numbers_channel_phone", type_="unique")
        batch.create_unique_constraint("uq_our_numbers_phone", ["phone"])
        batch.alter_column("phone", type_=sa.String(length=20), existing_nullable=False)
        batch.drop_column("retired_at")
        batch.drop_column("channel")


def _channel() -> sa.Column[str]:
    return sa.Column("channel", sa.String(length=20), server_default="sms", nullable=False)
