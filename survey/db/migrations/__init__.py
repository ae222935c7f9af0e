"""Alembic's scripts; `survey.db.migrate` runs them."""
