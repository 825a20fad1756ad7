"""Slack: Block Kit, Socket Mode, and the only modules that know Slack's SDK."""
