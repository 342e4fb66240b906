"""An index of the few webhooks that a clock is just sending, however many wait"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

NAME = "ix_webhook_deliveries_sending"


def upgrade() -> None:
    columns, is_one = ["claimed_by", "lease_until"], sa.text("state = 'sending'")
    op.create_index(NAME, "webhook_deliveries", columns, sqlite_where=is_one, postgresql_where=is_one)


def downgrade() -> None:
    op.drop_index(NAME, "webhook_deliveries")
