"""Tools that erase tissue or move a region, and the models' results for the altered picture."""
