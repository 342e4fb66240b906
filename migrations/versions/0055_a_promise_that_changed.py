"""What each customer was told last of their wait, and how far off it may be until they are told again"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    for name in ("told_at", "told_after", "told_until"):
        op.add_column("tickets", sa.Column(name, moment, nullable=True))
    op.add_column("tickets", sa.Column("told_again", sa.Integer(), server_default="0", nullable=False))
    op.add_column("queues", sa.Column("tolerance_minutes", sa.Integer(), server_default="10", nullable=False))


def downgrade() -> None:
    op.drop_column("queues", "tolerance_minutes")
    for name in ("told_again", "told_until", "told_after", "told_at"):
        op.drop_column("tickets", name)
