"""Tokens of identity providers into principals."""
