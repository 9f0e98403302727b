"""Addresses of commits, pull requests and forks on GitHub."""

HOST = "https://github.com"
MAIN_REPOSITORY_NAME = "CCExtractor/ccextractor"
MAIN_BRANCH = "master"


def repository_url(clone_url: str) -> str:
    """The address of the page of a repository that is cloned from this URL."""
    return clone_url.removesuffix(".git")


def repository_name(clone_url: str) -> str:
    """The last two parts of a clone URL, such as `CCExtractor/ccextractor`."""
    return "/".join(repository_url(clone_url).rstrip("/").split("/")[-2:])


def clone_urls(name: str) -> list[str]:
    """The URLs that a repository of that name may be cloned from."""
    return [f"{HOST}/{name}.git", f"{HOST}/{name}"]


def commit_url(clone_url: str, commit: str) -> str:
    """The address of the page of a commit."""
    return f"{repository_url(clone_url)}/commit/{commit}"


def issue_url(number: int) -> str:
    """The URL of an issue of the main repository."""
    return f"{HOST}/{MAIN_REPOSITORY_NAME}/issues/{number}"


def pull_request_url(number: int) -> str:
    """The URL of a pull request, which is opened against the main repository from any fork."""
    return f"{HOST}/{MAIN_REPOSITORY_NAME}/pull/{number}"
