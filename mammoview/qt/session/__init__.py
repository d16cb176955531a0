"""The session: open scans, assessments, priors and layer state."""
