"""Which countries' phones were refused, and when last"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refused_countries",
        sa.Column("our_number_id", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=8), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["our_number_id"], ["our_numbers.id"], name=op.f("fk_refused_countries_our_number_id_our_numbers")
        ),
        sa.PrimaryKeyConstraint("our_number_id", "country", name=op.f("pk_refused_countries")),
    )


def downgrade() -> None:
    op.drop_table("refused_countries")
