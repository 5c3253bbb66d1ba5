"""How connections are put together: what they share, and what `import governed_db` costs."""
