"""DICOM mammograms, and the reports and presentation states that refer to them."""
