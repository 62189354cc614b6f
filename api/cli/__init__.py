"""The command line ``wangge``."""
