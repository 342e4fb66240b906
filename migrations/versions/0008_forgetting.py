"""Customers are forgotten after some days"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "businesses", sa.Column("forget_after_days", sa.Integer(), server_default="90", nullable=False)
    )
    op.add_column("customers", sa.Column("forgotten_at", MOMENT, nullable=True))
    op.create_index(
        "ix_customers_not_forgotten",
        "customers",
        ["business_id", "created_at"],
        unique=False,
        sqlite_where=sa.text("forgotten_at IS NULL"),
        postgresql_where=sa.text("forgotten_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_customers_not_forgotten", table_name="customers")
    op.drop_column("customers", "forgotten_at")
    op.drop_column("businesses", "forget_after_days")
