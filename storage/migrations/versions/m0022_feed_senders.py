"""Who tells of which feed, and when it was last heard."""

import sqlalchemy as sa
from alembic import op

from storage.tables.columns import Moment

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "feed_senders",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("heard_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "sender"),
    )
