"""HTTP, command line and web pages of the service."""
