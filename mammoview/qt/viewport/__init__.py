"""One scan on screen, and the grid of viewports."""
