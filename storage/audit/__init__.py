"""The audit chain in SQL: written, guarded, verified and anchored."""
