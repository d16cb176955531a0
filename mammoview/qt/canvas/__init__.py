"""Graphics items, and the view of a plane in mm that they lie on."""
