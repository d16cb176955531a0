"""The layers over a scan: one module each, and the registry of all of them."""
