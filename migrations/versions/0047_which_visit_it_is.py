"""A ticket keeps which visit of its phone it is, as servicers see it"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("visit", sa.Integer()))


def downgrade() -> None:
    op.drop_column("tickets", "visit")
