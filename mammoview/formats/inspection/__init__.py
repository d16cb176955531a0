"""Inspection of files: descriptions, DICOM tags, and completeness of headers."""
