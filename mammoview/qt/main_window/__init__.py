"""The main window, how it is assembled, and its actions."""
