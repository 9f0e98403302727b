"""Executing GraphQL operations: which are let through, at what price, and how."""
