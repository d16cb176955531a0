"""Assessment of scans by the models. torch is imported below this package only; Qt never."""
