"""Whether an opt-out is a block in the channel's app, which ends when the customer writes"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("opt_outs", sa.Column("is_block", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("opt_outs", "is_block")
