"""What an act was answered with, for when its answer got lost and it comes again, to whichever process."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Add the column."""
    op.add_column("inbox", sa.Column("answer", sa.String(), nullable=False, server_default=""))
