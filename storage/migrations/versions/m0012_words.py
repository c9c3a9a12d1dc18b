"""Until when a label holds; a mute no longer says that the trouble did not come."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column, and name mutes for what they are."""
    op.add_column("alert_labels", sa.Column("until", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE alert_labels SET verdict = 'not worth telling'"
        " WHERE \"by\" <> 'outcome' AND verdict = 'did not happen'"
    )
