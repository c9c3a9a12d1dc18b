"""What makes a record provable: canonical bytes, keys, and the chain of the audit trail."""
