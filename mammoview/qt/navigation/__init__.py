"""Hanging protocols, zoom, window/level, slices, magnifier and read-outs."""
