"""What every other package may use: errors, folders, settings, atomic writes and the audit log."""
