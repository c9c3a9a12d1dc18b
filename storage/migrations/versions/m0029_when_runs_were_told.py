"""When the start and the end of a run were told: no model may learn from what its service cannot know yet."""

import sqlalchemy as sa
from alembic import op

from storage.tables.columns import Moment

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Add the columns; of a run that is under way, its start was told by its newest report."""
    op.add_column("runs", sa.Column("start_told_at", Moment(), nullable=True))
    op.add_column("runs", sa.Column("end_told_at", Moment(), nullable=True))
    op.execute(
        sa.text(
            "UPDATE runs SET start_told_at = seen_at WHERE outcome = 'running' AND started_at IS NOT NULL"
        )
    )
