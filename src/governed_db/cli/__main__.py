"""`python -m governed_db.cli` into the command line."""

from __future__ import annotations

from governed_db.cli.main import main

if __name__ == "__main__":
    main()
