"""Private PostgreSQL and MariaDB servers for one test run.

They live in temporary folders, listen on free ports of 127.0.0.1, run as an unprivileged user, start when
the first test asks for one, and end with the run, also when it is killed.
"""
