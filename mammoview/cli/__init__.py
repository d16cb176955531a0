"""The command `mammoview`."""
