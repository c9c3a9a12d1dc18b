"""Since when feeds are watched, and by when the run that an estimate spoke of should have ended."""

import sqlalchemy as sa
from alembic import op

from storage.tables.columns import Moment

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the columns; feeds that are watched already have run, or owe nothing until they do."""
    op.add_column("watched_feeds", sa.Column("since", Moment(), nullable=True))
    op.add_column("predictions", sa.Column("due_at", Moment(), nullable=True))
    op.add_column("predictions", sa.Column("deadline", Moment(), nullable=True))
