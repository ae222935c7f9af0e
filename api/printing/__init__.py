"""Documents to print: made by typst as PDF/UA, from data, never from text put into a source."""
