"""Training and evaluation of the bundled models; runs from a checkout as `python -m training`."""
