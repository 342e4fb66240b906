"""A business says texts in its own words"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "businesses", sa.Column("own_words_count", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "own_words",
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_own_words_business_id_businesses")
        ),
        sa.PrimaryKeyConstraint("business_id", "language", "kind", name=op.f("pk_own_words")),
    )


def downgrade() -> None:
    op.drop_table("own_words")
    op.drop_column("businesses", "own_words_count")
