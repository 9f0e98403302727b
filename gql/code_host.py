"""Addresses on the code host that commits, pull requests and forks live on."""

MAIN_REPOSITORY = "https://github.com/CCExtractor/ccextractor"


def repository_page(clone_url: str) -> str:
    return clone_url.removesuffix(".git")


def repository_name(clone_url: str) -> str:
    """The last two parts of a clone address: `CCExtractor/ccextractor`."""
    return "/".join(repository_page(clone_url).rstrip("/").split("/")[-2:])


def commit_page(clone_url: str, commit: str) -> str:
    return f"{repository_page(clone_url)}/commit/{commit}"


def pull_request_page(number: int) -> str:
    """Pull requests are opened against the main repository, whatever fork they come from."""
    return f"{MAIN_REPOSITORY}/pull/{number}"
