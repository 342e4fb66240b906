"""Each number knows which error may be its own fault, and for which phones in a row"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("our_numbers", sa.Column("suspected_code", sa.Integer(), nullable=True))
    op.add_column("our_numbers", sa.Column("suspected_phones", sa.String(length=200), nullable=True))
    by_report = sa.Column("suspected_by_report", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("our_numbers", by_report)


def downgrade() -> None:
    for column in ("suspected_by_report", "suspected_phones", "suspected_code"):
        op.drop_column("our_numbers", column)
