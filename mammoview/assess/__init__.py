"""What the models say about a scan. torch is imported below this package only; Qt never."""
