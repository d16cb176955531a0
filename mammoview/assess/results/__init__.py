"""Contents of an assessment, figures derived from it, its cache and its files."""
