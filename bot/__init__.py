"""The Telegram channel and the worker."""
