"""The queue of jobs on PostgreSQL, and what each process is for."""

import sqlalchemy as sa
from alembic import op

from storage.tables import job_tables

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.add_column("services", sa.Column("role", sa.Text(), nullable=True))
    job_tables.create(op.get_bind())
