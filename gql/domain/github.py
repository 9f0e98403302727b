"""Addresses on the code host that commits, pull requests and forks live on."""

HOST = "https://github.com"
MAIN_REPOSITORY_NAME = "CCExtractor/ccextractor"
MAIN_BRANCH = "master"


def repository_page(clone_url: str) -> str:
    return clone_url.removesuffix(".git")


def repository_name(clone_url: str) -> str:
    """The last two parts of a clone address: `CCExtractor/ccextractor`."""
    return "/".join(repository_page(clone_url).rstrip("/").split("/")[-2:])


def clone_urls(name: str) -> list[str]:
    """The addresses that a repository of that name may be cloned from."""
    return [f"{HOST}/{name}.git", f"{HOST}/{name}"]


def commit_page(clone_url: str, commit: str) -> str:
    return f"{repository_page(clone_url)}/commit/{commit}"


def pull_request_page(number: int) -> str:
    """Pull requests are opened against the main repository, whatever fork they come from."""
    return f"{HOST}/{MAIN_REPOSITORY_NAME}/pull/{number}"
