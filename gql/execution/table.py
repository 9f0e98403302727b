"""Answers as tables: a row for each item of the one list that a query asks for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import VariableNode, get_named_type

from gql.errors import BadInput
from gql.execution.selections import SelectedField

# What Relay's connections put around the rows.
_WRAPPERS = {"nodes", "edges", "node"}

Path = tuple[str, ...]


class PageInfo(NamedTuple):
    """Whether rows follow a page, and the cursor to continue from."""

    has_next_page: bool
    end_cursor: str | None

    def as_json(self) -> dict[str, Any]:
        """The two as a GraphQL answer names them."""
        return {"hasNextPage": self.has_next_page, "endCursor": self.end_cursor}


@dataclass(frozen=True, slots=True)
class _List:
    """A list in an answer, and the connection that it is the page of, if it is one."""

    path: Path
    fields: Sequence[SelectedField]
    connection: SelectedField | None
    connection_path: Path


@dataclass(slots=True)
class _Level:
    """The objects of one list, or the root: where their leaves are, and the lists below."""

    leaves: list[Path] = field(default_factory=list)
    lists: list[_List] = field(default_factory=list)


class Table:
    """The table of an operation, whose lists are each in the one before, if there are several.

    A row repeats the leaves of all that it is in. `columns` are the names of the leaves.
    Raises BadInput for an operation with lists beside each other.
    """

    def __init__(self, fields: Sequence[SelectedField]) -> None:
        self._levels = [_level(fields)]
        self._lists: list[_List] = []
        while lists := self._levels[-1].lists:
            if len(lists) > 1:
                names = ", ".join(".".join(_shown(each.path)) for each in lists)
                raise BadInput(
                    f"A table needs one list, and the answer has {len(lists)}: {names}. "
                    "Ask for one of them, or accept application/json."
                )
            self._lists += lists
            self._levels.append(_level(lists[0].fields))
        self.columns = self._names()
        self._connection = self._lists[-1].connection if self._lists else None
        self._page_info = _page_info_of(self._connection) if self._connection else None

    @property
    def after(self) -> str | None:
        """The variable that continues the list; None if there is none."""
        for argument in self._connection.node.arguments or () if self._connection else ():
            if argument.name.value == "after" and isinstance(argument.value, VariableNode):
                return argument.value.name.value
        return None

    @property
    def lacks_page_info(self) -> bool:
        """Whether its list has pages, and the operation does not ask where the next one begins."""
        return self._connection is not None and self._page_info is None

    def _names(self) -> list[str]:
        outer: list[Path] = []
        above: Path = ()
        for level, each in zip(self._levels, self._lists, strict=False):
            outer += [above + leaf for leaf in level.leaves]
            above += each.path
        rows = self._levels[-1].leaves
        names = [".".join(_shown(path)) for path in [*outer, *rows]]
        if len(set(names)) < len(names):
            names = [".".join(path) for path in [*outer, *(above + leaf for leaf in rows)]]
        return names

    def rows(self, data: Mapping[str, Any]) -> Iterator[list[Any]]:
        """The cells of each row of an answer."""
        return self._rows(data, 0, [])

    def _rows(self, value: Any, depth: int, outer: list[Any]) -> Iterator[list[Any]]:
        cells = outer + [_at(value, leaf) for leaf in self._levels[depth].leaves]
        if depth == len(self._lists):
            yield cells
            return
        for item in _at(value, self._lists[depth].path) or ():
            yield from self._rows(item, depth + 1, cells)

    def items(self, data: Mapping[str, Any]) -> Iterator[Any]:
        """The items of the innermost list, as the answer has them."""
        return iter(self._descend(data, self._lists))

    @staticmethod
    def _descend(data: Mapping[str, Any], lists: Sequence[_List]) -> list[Any]:
        values: list[Any] = [data]
        for each in lists:
            values = [item for value in values for item in _at(value, each.path) or ()]
        return values

    def page_info(self, data: Mapping[str, Any]) -> PageInfo | None:
        """Where the list continues; None if the answer has several lists of the kind."""
        infos: list[Any] = []
        if self._page_info is not None:
            path = self._lists[-1].connection_path
            holders = self._descend(data, self._lists[:-1])
            infos = [info for each in holders if (info := _at(each, (*path, self._page_info[0])))]
        if self._page_info is None or not infos:
            return PageInfo(has_next_page=False, end_cursor=None)
        if len(infos) > 1:
            return None
        _, has_next, cursor = self._page_info
        return PageInfo(has_next_page=infos[0][has_next], end_cursor=infos[0][cursor])


def _level(fields: Sequence[SelectedField]) -> _Level:
    level = _Level()
    _scan(fields, (), level, None, ())
    return level


def _scan(
    fields: Sequence[SelectedField],
    path: Path,
    level: _Level,
    connection: SelectedField | None,
    connection_path: Path,
) -> None:
    for each in fields:
        here = (*path, each.name)
        type_name = get_named_type(each.definition.type).name
        if type_name == "PageInfo":
            continue
        if not each.fields:
            level.leaves.append(here)
        elif each.is_list:
            level.lists.append(_List(here, each.fields, connection, connection_path))
        elif type_name.endswith("Connection"):
            _scan(each.fields, here, level, each, here)
        else:
            _scan(each.fields, here, level, None, ())


def _page_info_of(connection: SelectedField) -> tuple[str, str, str] | None:
    """The names of the page's information in the answer, of hasNextPage and of endCursor."""
    for each in connection.fields:
        if get_named_type(each.definition.type).name == "PageInfo":
            names = {child.node.name.value: child.name for child in each.fields}
            if {"hasNextPage", "endCursor"} <= names.keys():
                return each.name, names["hasNextPage"], names["endCursor"]
    return None


def _shown(path: Path) -> list[str]:
    return [name for name in path if name not in _WRAPPERS] or list(path[-1:])


def _at(value: Any, path: Path) -> Any:
    for name in path:
        if value is None:
            return None
        value = value.get(name)
    return value
