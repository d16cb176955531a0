"""Many scans: processes, Dask and the table of results."""
