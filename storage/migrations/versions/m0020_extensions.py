"""Later deadlines that people gave the runs of feeds, whether or not an alert stood."""

import sqlalchemy as sa
from alembic import op

from storage.tables.columns import Moment

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "deadline_extensions",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("given_at", Moment(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "until"),
    )
    op.create_index("ix_deadline_extensions_until", "deadline_extensions", ["until"])
