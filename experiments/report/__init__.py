"""A study, told: as a page, in the terminal, as Markdown, CSV and JSON."""
