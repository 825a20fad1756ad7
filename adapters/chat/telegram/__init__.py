"""Telegram: HTML messages by the Bot API, and the only modules that know python-telegram-bot."""
