"""When what is known of rows was written, so that who looks again reads that alone; indexes for pages."""

import sqlalchemy as sa
from alembic import op

from storage.tables.columns import Moment

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Add the columns, filled with the nearest that is known, and the indexes."""
    for table, told in (("deliveries", "measured_at"), ("reconciliations", "at")):
        op.add_column(table, sa.Column("changed_at", Moment(), nullable=True))
        op.execute(sa.text(f"UPDATE {table} SET changed_at = {told}"))  # noqa: S608  no text from outside
        op.create_index(f"{table}_changed", table, ["changed_at", "feed"])
    op.create_index("ix_alerts_updated_at", "alerts", ["updated_at"])
    op.create_index("ix_postings_created_at", "postings", ["created_at"])
