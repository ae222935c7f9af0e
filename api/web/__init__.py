"""The web form: turns rendered as pages, posted forms read as inputs, and what protects both."""
