"""Small widgets without a place of their own in the program."""
