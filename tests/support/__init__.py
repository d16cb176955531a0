"""Phantoms, made files and small models that tests share."""
