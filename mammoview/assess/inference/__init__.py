"""From a scan to the models' answers."""
