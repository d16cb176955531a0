"""Out-of-fold predictions, tables, plots and the report."""
