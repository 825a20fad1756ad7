"""Alembic's entry: runs the migrations in the transaction of the connection that `schema` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
