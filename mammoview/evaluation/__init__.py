"""Results of the models against outlines: tables, figures with intervals, and a report. No Qt, no torch."""
