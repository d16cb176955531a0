"""What leaves the program: pictures and the names of their files; no Qt."""
