"""Many points in one request: formats, look-up, and how bodies and answers flow with bounded memory."""
