"""The Sample Gateway: GraphQL over the results of the CCExtractor Sample Platform."""

_NAMES_OF_THE_CLIENT = {"Client", "FileVar", "GraphQLRequest", "gql"}


def __getattr__(name: str) -> object:
    """Raise ImportError for a name of the package from PyPI that is imported as `gql` too."""
    if name in _NAMES_OF_THE_CLIENT:
        raise ImportError(
            f"This gql is Sample Gateway's package, and {name} is a name of the GraphQL client "
            "that PyPI calls gql. Install the client in a virtual environment of its own."
        )
    raise AttributeError(f"module 'gql' has no attribute {name!r}")
