"""What customers and the counter say to each other about a ticket"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "remarks",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("ticket_id", BIG_ID, nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("servicer_id", sa.Integer(), nullable=True),
        sa.Column("event_id", BIG_ID, nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_remarks_ticket_id_tickets"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_remarks_customer_id_customers"),
        sa.ForeignKeyConstraint(["servicer_id"], ["servicers.id"], name="fk_remarks_servicer_id_servicers"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_remarks_event_id_events"),
        sa.PrimaryKeyConstraint("id", name="pk_remarks"),
        sa.UniqueConstraint("key", name="uq_remarks_key"),
    )
    op.create_index("ix_remarks_ticket_id_id", "remarks", ["ticket_id", "id"])
    op.create_index("ix_remarks_customer_id", "remarks", ["customer_id"])
    op.add_column("tickets", sa.Column("last_remark_id", BIG_ID, nullable=True))
    op.add_column(
        "tickets", sa.Column("unanswered_remarks", sa.Integer(), server_default="0", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("tickets", "unanswered_remarks")
    op.drop_column("tickets", "last_remark_id")
    op.drop_table("remarks")
