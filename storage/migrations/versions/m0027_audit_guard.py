"""The database refuses to change or drop entries of the audit trail."""

from alembic import op

from storage.audit.audit_guard import guard_audit_entries

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Make the triggers."""
    guard_audit_entries(op.get_bind())
