"""What only one driver can do: its classes, its tricks, its ways around us."""
