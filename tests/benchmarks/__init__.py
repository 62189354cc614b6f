"""Measures what the service promises, beside lower bounds of the same run; right answers come first."""
