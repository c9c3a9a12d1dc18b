"""What resources say between runs, and which schedules feeds had before."""

import sqlalchemy as sa
from alembic import op

from storage.tables.columns import Moment

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "readings",
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("sign", sa.String(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("taken_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("resource", "sign", "seen_at"),
    )
    op.create_index(op.f("ix_readings_taken_at"), "readings", ["taken_at"], unique=False)
    op.create_table(
        "schedule_changes",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "at"),
    )
