"""How somebody opted out, and the language that a phone writes in"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of those before we don't know; most sent the carrier's own word.
    op.add_column("opt_outs", sa.Column("at_carrier", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("customers", sa.Column("wrote_language", sa.String(length=8), nullable=True))


def downgrade() -> None:
    op.drop_column("customers", "wrote_language")
    op.drop_column("opt_outs", "at_carrier")
