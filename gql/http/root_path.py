"""Below a path of another host, whose proxy removes that path from requests or passes it on."""

from starlette.types import ASGIApp, Receive, Scope, Send


def below(root_path: str, app: ASGIApp) -> ASGIApp:
    """The app, which also answers paths below `root_path`, as if they did not have it."""
    if not root_path:
        return app

    async def without_root_path(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path.startswith(f"{root_path}/"):
            scope = {**scope, "path": path.removeprefix(root_path)}
        await app(scope, receive, send)

    return without_root_path
