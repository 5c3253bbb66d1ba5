"""SQL text into facts. The only package that knows sqlglot; its types never leave."""
