"""Two businesses may have the same keyword: `namesake` tells their addresses on the web apart"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

OF_BUSINESS = "uq_queues_business_id_keyword"
OF_ALL, ADDRESS = "uq_queues_keyword", "uq_queues_keyword_namesake"


def upgrade() -> None:
    # The version before writes neither: its queues are the first with their keyword, or refused.
    op.add_column("queues", _namesake())
    with op.batch_alter_table("queues") as batch:
        batch.drop_constraint(OF_ALL, type_="unique")
        batch.create_unique_constraint(ADDRESS, ["keyword", "namesake"])
        batch.create_unique_constraint(OF_BUSINESS, ["business_id", "keyword"])
    op.add_column("old_keywords", _namesake())
    _change_key(["keyword", "namesake"])


def downgrade() -> None:
    op.execute("DELETE FROM old_keywords WHERE namesake > 1")
    _change_key(["keyword"])
    op.drop_column("old_keywords", "namesake")
    with op.batch_alter_table("queues") as batch:
        batch.drop_constraint(OF_BUSINESS, type_="unique")
        batch.drop_constraint(ADDRESS, type_="unique")
        batch.create_unique_constraint(OF_ALL, ["keyword"])
    op.drop_column("queues", "namesake")


def _namesake() -> sa.Column[int]:
    return sa.Column("namesake", sa.Integer(), server_default="1", nullable=False)


def _change_key(columns: list[str]) -> None:
    with op.batch_alter_table("old_keywords") as batch:
        batch.drop_constraint("pk_old_keywords", type_="primary")
        batch.create_primary_key("pk_old_keywords", columns)
