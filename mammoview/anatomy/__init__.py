"""Detection of the breast, the nipple and the pectoral muscle, and the Frame derived from them."""
