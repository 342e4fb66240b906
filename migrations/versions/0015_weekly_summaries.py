"""A weekly summary beside the daily one"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('waiting', 'sending')")
MAILS = ("summary_mails", "ix_summary_mails_open")


def upgrade() -> None:
    op.add_column("businesses", sa.Column("summarized_week", sa.Date(), nullable=True))
    for name, default in (("gets_weekly_summary", sa.true()), ("wants_weekly_summary_texts", sa.false())):
        op.add_column("servicers", sa.Column(name, sa.Boolean(), nullable=False, server_default=default))
    # Who has stopped the daily mails is not sent others; weeks before this version are not told.
    op.execute("UPDATE servicers SET gets_weekly_summary = gets_summary")
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    last_week = yesterday - timedelta(days=yesterday.weekday() + 7)
    businesses = sa.table("businesses", sa.column("summarized_week", sa.Date()))
    op.execute(businesses.update().values(summarized_week=last_week))
    period = sa.Column("period", sa.String(length=20), nullable=False, server_default="day")
    _change_key(("business_id", "period", "day", "servicer_id"), added=period)


def downgrade() -> None:
    op.execute("DELETE FROM summary_mails WHERE period <> 'day'")
    _change_key(("business_id", "day", "servicer_id"), dropped="period")
    for name in ("wants_weekly_summary_texts", "gets_weekly_summary"):
        op.drop_column("servicers", name)
    op.drop_column("businesses", "summarized_week")


def _change_key(
    columns: tuple[str, ...], *, added: sa.Column | None = None, dropped: str | None = None
) -> None:
    """On SQLite the table is built anew, with its rows."""
    table, index = MAILS
    op.drop_index(index, table_name=table)
    with op.batch_alter_table(table) as batch:
        if added is not None:
            batch.add_column(added)
        batch.drop_constraint("pk_summary_mails", type_="primary")
        if dropped is not None:
            batch.drop_column(dropped)
        batch.create_primary_key("pk_summary_mails", list(columns))
    op.create_index(index, table, ["send_after"], unique=False, sqlite_where=OPEN, postgresql_where=OPEN)
