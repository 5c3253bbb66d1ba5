"""A small Django project: a shop with an admin site."""
