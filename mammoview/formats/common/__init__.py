"""What all readers share: files, outlines beside pictures and what a file name says."""
