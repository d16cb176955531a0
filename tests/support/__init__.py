"""Phantoms, generated files and small models shared by tests."""
