"""Tools that erase tissue or move a region, and what the models say of the altered picture."""
