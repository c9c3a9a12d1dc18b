"""What a language model costs, counted for all processes together."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "model_days",
        sa.Column("day", sa.String(), nullable=False, primary_key=True),
        sa.Column("person", sa.String(), nullable=False, primary_key=True),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
    )
