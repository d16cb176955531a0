"""The kinds of annotations, a module each."""
