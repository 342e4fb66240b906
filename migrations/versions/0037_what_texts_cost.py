"""What a manager pays for texts on each channel, and in which currency"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
    op.add_column("businesses", sa.Column("text_prices", json, nullable=True))


def downgrade() -> None:
    op.drop_column("businesses", "text_prices")
