"""Everything that knows SQL. SQLite by default, PostgreSQL by ``DATABASE_URL``."""
