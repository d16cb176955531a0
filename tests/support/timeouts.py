"""Upper bounds of the waits in tests: generous, because a busy machine is no failure."""

PATIENCE_S = 120
"""Longest wait for a window, a worker or a command, in seconds."""
PATIENCE_MS = 1000 * PATIENCE_S
"""The same in milliseconds, as Qt and pytest-qt count."""
PROGRAM_S = 480
"""Longest run of a separate process that imports the whole program or trains a small model, in seconds."""
