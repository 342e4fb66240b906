"""In which languages a queue's board says its calls aloud"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queues", sa.Column("spoken_languages", sa.String(20), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("queues", "spoken_languages")
