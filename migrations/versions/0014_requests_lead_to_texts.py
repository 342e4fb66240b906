"""A text names the request, or the run of a job, that brought or caused it"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbound_messages", sa.Column("request_id", sa.String(40), nullable=True))
    op.add_column("outbound_messages", sa.Column("request_id", sa.String(40), nullable=True))


def downgrade() -> None:
    op.drop_column("outbound_messages", "request_id")
    op.drop_column("inbound_messages", "request_id")
