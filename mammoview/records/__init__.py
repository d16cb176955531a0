"""Records of the reader: outlines, annotations, calibrations, reader reports and worksheets."""
