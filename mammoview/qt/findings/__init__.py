"""Findings of the models, and their comparison with the outlines."""
