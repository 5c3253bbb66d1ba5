"""Many at once: threads, tasks, processes."""
