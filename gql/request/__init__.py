"""What one request carries, and the queries that REST and GraphQL share."""
