"""What people leave: outlines, annotations, calibrations, reports and worksheets."""
