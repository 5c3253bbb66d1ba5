"""The vocabulary of governed_db: frozen values named by the glossary."""
