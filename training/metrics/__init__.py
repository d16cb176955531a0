"""Statistics and calibration."""
