"""Experiments beside the main training."""
