"""Business questions as analysts ask them, with the SQL that answers them."""
