"""Base package, used by all others: errors, folders, settings, atomic writes and the audit log."""
