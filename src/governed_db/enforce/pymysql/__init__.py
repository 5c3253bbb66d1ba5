"""PyMySQL's connections, cursors and results, governed."""
