"""What lies on disk becomes a Study. No Qt, no torch."""
