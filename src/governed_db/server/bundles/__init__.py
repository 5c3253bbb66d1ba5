"""Drafts of policies into signed bundles: written by one, agreed to by another, handed out to clients."""
