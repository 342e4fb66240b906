"""The database's schema, step by step: `versions/` has the steps, migrate.py takes them, revisions.py knows them."""
