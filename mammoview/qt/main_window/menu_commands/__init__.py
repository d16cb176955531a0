"""The commands, by the menu in which they stand."""
