"""Notices that leave the house, and which addresses their owners confirmed."""

import sqlalchemy as sa
from alembic import op

from storage.tables.columns import Moment

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "notices",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("next_attempt_at", Moment(), nullable=True),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_notices_subject"), "notices", ["subject"], unique=False)
    op.create_index(op.f("ix_notices_next_attempt_at"), "notices", ["next_attempt_at"], unique=False)
    op.create_index("notices_sent", "notices", ["person", "way", "sent_at"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person", "way"),
    )
