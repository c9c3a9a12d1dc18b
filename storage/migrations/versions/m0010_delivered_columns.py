"""Which columns a run delivered, as its source reported them."""

import sqlalchemy as sa
from alembic import op

from storage.tables.columns import Moment

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "run_columns",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "run"),
    )
