"""The one polite HTTP client: its lanes, bodies, redirects, cache, and the statuses of answers."""

from adapters.sources.http.client import PROJECT, UNCONDITIONAL, Answer, PoliteClient, user_agent

__all__ = ["PROJECT", "UNCONDITIONAL", "Answer", "PoliteClient", "user_agent"]
