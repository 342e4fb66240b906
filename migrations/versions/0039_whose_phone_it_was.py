"""Which customer somebody from the web turned out to be, once their phone was bound"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("became_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("customers", "became_id")
