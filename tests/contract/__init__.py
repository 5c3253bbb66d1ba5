"""One suite for every driver: what holds whatever the connection is made with."""
