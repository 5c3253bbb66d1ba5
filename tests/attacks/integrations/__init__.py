"""Models, and whoever can reach their tools, as attackers."""
