"""Which approved template a text left by, if any: its words at the carrier are then not ours"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbound_messages", sa.Column("template_sid", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("outbound_messages", "template_sid")
