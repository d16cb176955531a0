"""Prepared arrays, splits, patches and synthetic findings."""
