"""ASGI middleware, one mechanism per file, and the GraphQL view."""
