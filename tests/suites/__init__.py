"""The drivers' own test suites into the list of tests that governing changes: `python -m tests.suites`."""
