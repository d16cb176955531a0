"""The library: a local index of the user's folders. Knows what lies where, touches nothing, and can forget."""
