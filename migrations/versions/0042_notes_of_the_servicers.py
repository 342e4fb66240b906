"""What servicers note on a ticket"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("note", sa.String(200), nullable=True))


def downgrade() -> None:
    op.drop_column("tickets", "note")
