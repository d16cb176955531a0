"""How greys and geometry reach the screen: numpy in, numpy out; neither Qt nor torch."""
