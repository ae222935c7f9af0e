"""The domain of Tellback and its storage: what is asked, answered, kept and counted."""
