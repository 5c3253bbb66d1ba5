"""What the catalog of a live session tells, against real servers."""
