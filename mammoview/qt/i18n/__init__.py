"""Languages, and translated messages of the parts below Qt."""
