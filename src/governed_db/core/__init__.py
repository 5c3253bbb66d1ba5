"""The life of a statement, without any I/O."""
