"""Texts that the carrier took and has not reported on are found fast"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

NAME = "ix_outbound_messages_unreported"
UNREPORTED = sa.text("state IN ('accepted', 'sent') AND settle_after IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        NAME,
        "outbound_messages",
        ["settle_after"],
        unique=False,
        sqlite_where=UNREPORTED,
        postgresql_where=UNREPORTED,
    )


def downgrade() -> None:
    op.drop_index(NAME, table_name="outbound_messages")
