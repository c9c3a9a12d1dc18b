"""A team's newest alerts, without reading everybody's."""

from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Make the index."""
    op.create_index("alerts_by_team", "alerts", ["team", "opened_at"])
