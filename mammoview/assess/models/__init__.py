"""Bundled models: networks, weights, hashes, cards and the device they run on."""
