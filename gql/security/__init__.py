"""Bearer tokens with their scopes, and rate limits."""
