"""Django over governed drivers: a small project, on real servers."""
