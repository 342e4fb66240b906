"""The whole promise is kept with its ticket: what was expected, beside the range"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("promised_expected", sa.Double(), nullable=True))
    op.execute("DELETE FROM queue_days")  # the clock builds them again, with how well promises were kept


def downgrade() -> None:
    op.execute("DELETE FROM queue_days")
    op.drop_column("tickets", "promised_expected")
