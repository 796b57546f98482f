"""One file a subcommand: its arguments, a call, what it prints. No other room imports a command."""
