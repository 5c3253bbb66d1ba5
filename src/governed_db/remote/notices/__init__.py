"""What happens to requests into messages to people, outside of any statement's own path."""
