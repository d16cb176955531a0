"""The data sets DDSM, CBIS-DDSM and mini-MIAS."""
