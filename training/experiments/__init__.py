"""Trials beside the main training."""
