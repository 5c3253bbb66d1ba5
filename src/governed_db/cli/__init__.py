"""The command line: what a person does with governed_db outside of a program."""
