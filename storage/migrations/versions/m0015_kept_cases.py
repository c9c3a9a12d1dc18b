"""What the newest diagnosis of each incident was made from."""

import sqlalchemy as sa
from alembic import op

from storage.tables.columns import Moment

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "kept_cases",
        sa.Column("incident", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("gathered_at", Moment(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("incident"),
    )
