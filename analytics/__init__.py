"""The read side: counts to figures, disclosure control, charts."""
