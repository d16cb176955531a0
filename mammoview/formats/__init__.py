"""Readers that turn files into studies: DICOM, pictures, data sets, zips and folders."""
