"""When an answer to a customer was undone before anybody had it"""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("remarks", sa.Column("recalled_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("remarks", "recalled_at")
