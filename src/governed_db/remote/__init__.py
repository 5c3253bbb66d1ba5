"""What lives outside the statement: the audit spool, approvals, keys."""
