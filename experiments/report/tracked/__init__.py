"""The report in W&B: its text is that of the page and of table.md, its plots are drawn of the runs that are there."""
