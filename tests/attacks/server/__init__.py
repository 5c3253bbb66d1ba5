"""Attacks on a control plane by whoever can reach it."""
