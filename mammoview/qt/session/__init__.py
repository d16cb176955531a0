"""What is open in the window: scans, assessments, priors and layer state."""
