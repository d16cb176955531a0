"""What an assessment holds, and what is derived from it, kept and written."""
