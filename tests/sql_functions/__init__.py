"""Tests of the tables of built-in functions, types and system relations."""
