"""The library: a local index of the user's folders, which are only read; entries can be erased."""
