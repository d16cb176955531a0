"""The workbench: an evaluation of a data set, its errors as a table and as crops."""
