"""Batch assessment of many scans: processes, Dask and the table of results."""
