"""Tools that draw outlines and annotations, and their saving."""
