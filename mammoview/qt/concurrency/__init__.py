"""Worker threads, and imports in the background."""
