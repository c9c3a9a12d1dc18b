"""Keep entries of the audit trail as they were written: the database itself refuses to change or drop one.

Whoever owns the table can take this away again; then the chain and its anchors tell.
"""

from sqlalchemy import Connection, text

_SQLITE = (
    "CREATE TRIGGER IF NOT EXISTS audit_entries_no_update BEFORE UPDATE ON audit_entries"
    " BEGIN SELECT RAISE(ABORT, 'entries of the audit trail stay as they are'); END",
    "CREATE TRIGGER IF NOT EXISTS audit_entries_no_delete BEFORE DELETE ON audit_entries"
    " BEGIN SELECT RAISE(ABORT, 'entries of the audit trail stay as they are'); END",
    # REPLACE drops the former row without asking the trigger of DELETE.
    "CREATE TRIGGER IF NOT EXISTS audit_entries_no_replace BEFORE INSERT ON audit_entries"
    " WHEN EXISTS (SELECT 1 FROM audit_entries WHERE number = NEW.number OR hash = NEW.hash)"
    " BEGIN SELECT RAISE(ABORT, 'entries of the audit trail stay as they are'); END",
)
_POSTGRES = (
    "CREATE OR REPLACE FUNCTION keep_audit_entries() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'entries of the audit trail stay as they are'; END $$",
    "DROP TRIGGER IF EXISTS audit_entries_stay ON audit_entries",
    "CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE ON audit_entries"
    " FOR EACH ROW EXECUTE FUNCTION keep_audit_entries()",
    "DROP TRIGGER IF EXISTS audit_entries_all_stay ON audit_entries",
    "CREATE TRIGGER audit_entries_all_stay BEFORE TRUNCATE ON audit_entries"
    " FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_entries()",
)


def guard_audit_entries(connection: Connection) -> None:
    """Let the database refuse to change or drop entries from now on; harmless when repeated."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES:
        connection.execute(text(statement))
