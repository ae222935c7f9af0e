"""The HTTP channel and the command (composition root)."""
