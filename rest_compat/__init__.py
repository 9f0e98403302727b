"""The platform's documented REST endpoint, answered by the gateway's resolvers."""
