"""What classification without configuration promises."""
