"""What lies on disk becomes a Study: DICOM, pictures, data sets, zips and folders."""
