"""What analysis proves about SQL text, tested on real catalogs and against the servers' own opinion."""
