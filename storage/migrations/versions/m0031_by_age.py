"""By when plans were opened and decisions made: the newest, or a span's, without reading everything."""

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_fixes_opened_at", "fixes", ["opened_at"])
    op.create_index("ix_decisions_decided_at", "decisions", ["decided_at"])
