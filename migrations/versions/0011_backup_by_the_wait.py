"""A queue calls for backup also when its expected wait is too long"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queues", sa.Column("backup_minutes", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("queues", "backup_minutes")
