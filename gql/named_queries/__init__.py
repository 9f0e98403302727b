"""Named queries: documents that a client asks for by name, with variables in the query string."""
