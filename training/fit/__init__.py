"""Training of the classifiers and heatmap models."""
