"""The list of studies and the worker behind it."""
