"""What the user writes (keywords, environment, a URL) into checked settings and targets."""

from governed_db.config.settings import Settings, load_settings, open_state_dir
from governed_db.config.urls import Target, parse_url

__all__ = ["Settings", "Target", "load_settings", "open_state_dir", "parse_url"]
