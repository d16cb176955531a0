"""Windows, viewports and workers: the only place that imports PySide6."""
