"""Greys and geometry on screen: numpy in, numpy out; neither Qt nor torch."""
