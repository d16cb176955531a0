"""Shared by all readers: file access, zips, outlines beside pictures and file names."""
