"""How often a manager has changed a queue's door codes, and with them the board's address"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queues", sa.Column("door_code_series", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("queues", "door_code_series")
