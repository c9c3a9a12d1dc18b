"""Deadlines that were missed, and runs in trouble found by their end: what the scorecard counts."""

import sqlalchemy as sa
from alembic import op

from storage.tables.columns import Moment

revision = "0013"
down_revision = "0012"

_TROUBLE = sa.text("outcome IN ('failed', 'late', 'partial')")


def upgrade() -> None:
    """Make the table and the index."""
    op.create_table(
        "missed_deadlines",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("deadline", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "deadline"),
    )
    op.create_index(op.f("ix_missed_deadlines_deadline"), "missed_deadlines", ["deadline"], unique=False)
    op.create_index(
        "runs_in_trouble",
        "runs",
        ["finished_at"],
        unique=False,
        sqlite_where=_TROUBLE,
        postgresql_where=_TROUBLE,
    )
