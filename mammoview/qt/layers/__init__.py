"""The layers panel and the controllers of the model layers."""
