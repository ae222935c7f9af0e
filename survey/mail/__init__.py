"""Letters by e-mail, as they leave."""
