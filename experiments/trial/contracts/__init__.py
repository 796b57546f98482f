"""What holds for every class that fills a slot: the package's own by their tests, a user's by `trickbench check`."""
