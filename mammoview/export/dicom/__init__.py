"""DICOM objects that leave the program: measurement report, segmentation, secondary capture, presentation state."""
