"""How long after the call somebody who is on their way is waited for, by the queue's own rule"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queues", sa.Column("coming_minutes", sa.Integer(), server_default="20", nullable=False))


def downgrade() -> None:
    op.drop_column("queues", "coming_minutes")
