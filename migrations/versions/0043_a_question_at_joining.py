"""A question at joining, and its answers"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queues", sa.Column("question", sa.String(80), nullable=True))
    op.add_column("tickets", sa.Column("answer", sa.String(200), nullable=True))


def downgrade() -> None:
    op.drop_column("tickets", "answer")
    op.drop_column("queues", "question")
