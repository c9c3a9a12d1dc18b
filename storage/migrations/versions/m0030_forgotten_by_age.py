"""In which thread an act was, and by when messages and notices go: found without reading everything."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

# PostgreSQL reads no document in which anybody wrote the character 0, not even beside that.
_READABLE = r"replace(document, '\u0000', '\ufffd')::json"
_TOLD = {
    "sqlite": ("json_extract(document, '$.place.thread')", "json_extract(document, '$.message')"),
    "postgresql": (f"{_READABLE}->'place'->>'thread'", f"{_READABLE}->>'message'"),
}
"""In the document of an act: its thread, and the message that it was, which may begin one."""


def upgrade() -> None:
    """Add the column, filled from what was kept, and the indexes."""
    op.add_column("inbox", sa.Column("thread", sa.String(), nullable=False, server_default=""))
    thread, message = _TOLD[op.get_bind().dialect.name]
    filled = f"UPDATE inbox SET thread = coalesce(nullif({thread}, ''), {message}, '')"  # noqa: S608  ours
    op.execute(sa.text(filled))
    op.create_index("inbox_of_thread", "inbox", ["platform", "workspace", "thread", "kept_at"])
    op.create_index("ix_web_messages_at", "web_messages", ["at"])
    op.create_index("ix_notices_created_at", "notices", ["created_at"])
