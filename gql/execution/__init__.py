"""Execution of GraphQL operations: which are authorized, at what cost, and how they run."""
