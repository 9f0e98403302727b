"""The GraphQL schema: its entry points, types, filters and scalars."""
