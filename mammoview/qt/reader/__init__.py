"""Reader report: impression, verdicts, worksheet; and the audit log."""
