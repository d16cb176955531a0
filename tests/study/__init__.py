"""Tests of the readers and of the geometry."""
