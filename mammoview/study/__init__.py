"""Data classes of a study: scans, spacing, grey pipeline, geometry, marks. No Qt, no torch, no file formats."""
