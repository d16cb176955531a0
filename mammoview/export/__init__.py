"""Exports: pictures, reports, data and DICOM objects, and the names of their files; no Qt."""
