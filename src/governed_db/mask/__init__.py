"""Raw values into masked values of the same type."""
