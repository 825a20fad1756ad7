"""Queues of jobs: in this process, and on PostgreSQL."""
