"""An index of the few events that say that a customer was forgotten"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

NAME = "ix_events_forgotten"


def upgrade() -> None:
    is_one = sa.text("kind = 'forgotten'")
    op.create_index(NAME, "events", ["queue_id", "id"], sqlite_where=is_one, postgresql_where=is_one)


def downgrade() -> None:
    op.drop_index(NAME, "events")
