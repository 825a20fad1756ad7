"""The one polite HTTP client: its lanes, bodies, redirects, cache, and how answers are judged."""

from adapters.sources.http.client import PROJECT, UNCONDITIONAL, Answer, PoliteClient, user_agent

__all__ = ["PROJECT", "UNCONDITIONAL", "Answer", "PoliteClient", "user_agent"]
