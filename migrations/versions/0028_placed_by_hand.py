"""Whether a ticket was placed in the line by a hand, or stands where its time of joining put it"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "tickets", sa.Column("placed_by_hand", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    # Those who wait now, as their events tell.
    op.execute(
        "UPDATE tickets SET placed_by_hand = true WHERE state = 'waiting' AND EXISTS (SELECT 1 FROM events"
        " WHERE events.ticket_id = tickets.id AND events.kind IN ('moved', 'put_back'))"
    )


def downgrade() -> None:
    op.drop_column("tickets", "placed_by_hand")
