"""When each sign-in began, so that those of long ago can be forgotten."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from storage.tables.columns import Moment

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add the column; sign-ins from before count from now on."""
    op.add_column("web_sign_ins", sa.Column("began_at", Moment(), nullable=True))
    op.create_index("ix_web_sign_ins_began_at", "web_sign_ins", ["began_at"])
    filled = sa.text("UPDATE web_sign_ins SET began_at = :now")
    op.execute(filled.bindparams(sa.bindparam("now", datetime.now(UTC), type_=Moment())))
