"""The GraphQL types, a file per noun.

An object of a type is the row that a loader gives: a field is an attribute of the row, or
one line that asks a loader or resolver.
"""
