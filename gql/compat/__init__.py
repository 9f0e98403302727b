"""Every name of a library that the library does not document as public, and why we use it.

Each module holds the names of one library. tests/test_compat.py checks all of them, and says on
an upgrade which name has moved and what depends on it. No other package uses such a name.
"""
