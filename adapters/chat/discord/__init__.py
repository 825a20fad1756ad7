"""Discord: embeds, threads, interactions, and the only modules that know discord.py."""
