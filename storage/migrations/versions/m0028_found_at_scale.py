"""Indexes for what was asked of whole tables: cards by their message, old comparisons, a channel."""

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Make the indexes; the one by message named a column that is never asked for."""
    op.drop_index("postings_by_message", "postings")
    op.create_index("postings_by_message", "postings", ["platform", "message_channel", "message"])
    op.create_index("postings_in_channel", "postings", ["platform", "channel", "created_at"])
    op.create_index("errands_by_age", "errands", ["kind", "at"])
    op.create_index("ix_reconciliations_at", "reconciliations", ["at"])
