"""Whether the e-mail of an account was shown to be its owner's"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("servicers", sa.Column("email_proved_at", sa.DateTime(timezone=True), nullable=True))
    # Nobody who is there already has to prove anything: most were invited by mail or made by the operator.
    op.execute("UPDATE servicers SET email_proved_at = created_at")


def downgrade() -> None:
    op.drop_column("servicers", "email_proved_at")
