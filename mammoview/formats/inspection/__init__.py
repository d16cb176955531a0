"""What files are: descriptions, tags, and what a study lacks."""
