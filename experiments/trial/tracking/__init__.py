"""The loggers of a trial."""
