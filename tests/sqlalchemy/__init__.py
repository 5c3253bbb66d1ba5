"""SQLAlchemy, and what stands on it, over governed drivers on real servers."""
