"""Indexes by which what is too old is found, so that forgetting it reads nothing else."""

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Make the indexes."""
    for table in ("runs", "readings", "run_columns"):
        op.create_index(f"ix_{table}_seen_at", table, ["seen_at"])
