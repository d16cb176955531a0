"""What the reader reports: impression, verdicts, worksheet and audit."""
