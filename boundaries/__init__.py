"""How the coverage changes: editions, drafts, validation and publishing."""
