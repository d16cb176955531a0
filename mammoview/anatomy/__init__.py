"""Where the breast, the nipple and the pectoral muscle lie on a scan, and the Frame that follows from them."""
