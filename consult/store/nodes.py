"""What a hub keeps of its nodes, and a node of its hub: keys, pages, orders, who was heard where, what it cost.

Rule 1: a page is found by (node, epoch, number, hash): two pages of one number lie side by side.
Rule 2: rows that hold secrets or numbers are overwritten where they stand (`schema`, rule 2); sealed pages and notices
may go, since nobody here can open them.
Rule 3: whom a node heard has a row in `people` without an address here; whoever is erased keeps her row in `visitors`,
so that no later page brings her back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from consult.store import StoreError
from consult.store.fieldwork import Book, Leaving, Node, Order, PageRow, Traffic, Visitor
from consult.store.rows import Changes, Row, Rows
from consult.store.schema import PEOPLE, Index, Table, blob, integer, maybe, real, text

NODES: Final = Table(
    "nodes",
    (*blob("node"), *text("name"), *blob("verify", "box", "secrets", "token"), *integer("day"), *text("cuts"))
    + (*integer("seen_at", "drift", "obeyed"), *text("program"), *integer("id")),
    key=("id",),
    indexes=(Index(("node",), unique=True), Index(("name",), unique=True)),
)
BOOKS: Final = Table(
    "books",
    (*blob("id"), *text("consultation"), *integer("number", "version"), *blob("data")),
    key=("id",),
    indexes=(Index(("consultation", "version")),),
    keyed=True,
)
PAGES: Final = Table(
    "pages",
    (*blob("node"), *integer("epoch", "number"), *blob("hash", "previous"), *integer("consultation", "version"))
    + (*text("state", "why", "numbers"), *integer("day"), *blob("data"), *integer("id")),
    key=("id",),
    indexes=(
        Index(("node", "epoch", "number", "hash"), unique=True),
        Index(("state", "id"), where="state <> 'merged'"),
    ),
    serial=True,
)
VISITORS: Final = Table(
    "visitors",
    (*integer("source", "number", "person"), *maybe("erased")),
    key=("source", "number"),
    indexes=(Index(("person",), unique=True),),
    keyed=True,
)
SOURCES: Final = Table(  # one for each tail of a node that was taken in as an epoch of its own
    "sources",
    (*integer("id"), *blob("node"), *integer("epoch", "number"), *blob("hash"), *integer("as_epoch")),
    key=("id",),
    indexes=(Index(("node", "epoch", "number", "hash"), unique=True),),
)
ORDERS: Final = Table(
    "orders", (*blob("node"), *integer("number"), *text("kind"), *blob("body"), *integer("day")), key=("node", "number")
)
REACH: Final = Table(  # who must not be written to, whoever has the number: sealed, and told to nodes that join later
    "reach",
    (*blob("mark"), *text("kind"), *integer("day"), *blob("number"), *integer("id")),
    key=("id",),
    indexes=(Index(("mark",), unique=True),),
)
LEAVING: Final = Table(
    "leaving",
    (*integer("epoch", "number"), *text("consultation"), *integer("version"), *blob("chain"))
    + (*integer("upto", "state"), *blob("data")),
    key=("epoch", "number"),
)
TRAFFIC: Final = Table(
    "traffic",
    (*blob("node"), *integer("day"), *text("way"), *integer("tries", "up", "down", "segments"), *real("price")),
    key=("node", "day", "way"),
)
TABLES: Final = (NODES, BOOKS, PAGES, VISITORS, SOURCES, ORDERS, REACH, LEAVING, TRAFFIC)

_BY_NODE: Final = NODES.select("WHERE node = ?")
_BY_NAME: Final = NODES.select("WHERE name = ?")
_ALL: Final = NODES.select("ORDER BY id")
_PAGE: Final = PAGES.select("WHERE node = ? AND epoch = ? AND number = ? ORDER BY id")
_OF_EPOCH: Final = PAGES.select("WHERE node = ? AND epoch = ? ORDER BY number, id")
_MARKS: Final = (
    "SELECT node, epoch, number, hash, previous, consultation, version, state, why, numbers, day, id "
    "FROM pages WHERE node = ? AND epoch = ?"
)
_IN_STATE: Final = PAGES.select("WHERE state = ? AND id > ? ORDER BY id LIMIT ?")
_VISITOR: Final = VISITORS.select("WHERE source = ? AND number = ?")
_NUMBERED: Final = BOOKS.select("WHERE number = ? AND version BETWEEN ? AND ? LIMIT 1")
_VISITORS: Final = VISITORS.select("WHERE source = ? AND number BETWEEN ? AND ?")
_DOUBTED: Final = (
    "SELECT id FROM pages WHERE state = 'quarantined' AND node = ? AND epoch = ? AND why IN ('fork', 'chain') LIMIT 1"
)
_KNOWN: Final = "SELECT seq FROM journal WHERE node = ? AND epoch = ? AND seq BETWEEN ? AND ?"
_ADD_TRAFFIC: Final = TRAFFIC.insert(
    tail="ON CONFLICT (node, day, way) DO UPDATE SET tries = traffic.tries + excluded.tries, up = traffic.up + "
    "excluded.up, down = traffic.down + excluded.down, segments = traffic.segments + excluded.segments, "
    "price = traffic.price + excluded.price"
)


class NodesView(Rows):
    __slots__ = ()

    def node(self, node: bytes) -> Node | None:
        return self._get(_to_node, _BY_NODE, node)

    def node_called(self, name: str) -> Node | None:
        return self._get(_to_node, _BY_NAME, name)

    def nodes(self) -> list[Node]:
        return self._all(_to_node, _ALL)

    def book(self, id: bytes) -> Book | None:
        return self._get(_to_book, BOOKS.select("WHERE id = ?"), id)

    def books(self, consultation: str) -> list[Book]:
        return self._all(_to_book, BOOKS.select("WHERE consultation = ? ORDER BY version, id"), consultation)

    def book_numbered(self, number: int, version: int | None = None) -> Book | None:
        first, last = (0, 2**62) if version is None else (version, version)
        return self._get(
            _to_book, BOOKS.select("WHERE number = ? AND version BETWEEN ? AND ? LIMIT 1"), number, first, last
        )

    def consultation_number(self, consultation: str) -> int:
        row = self._one("SELECT min(number) FROM books WHERE consultation = ?", consultation)
        if row and row[0] is not None:
            return int(row[0])
        row = self._one("SELECT coalesce(max(number), 0) + 1 FROM books")
        return int(row[0]) if row else 1

    # ---- pages, at the hub

    def pages_at(self, node: bytes, epoch: int, number: int) -> list[PageRow]:
        return self._all(_to_page, _PAGE, node, epoch, number)

    def pages_of(self, node: bytes, epoch: int) -> Iterator[PageRow]:
        return self._stream(_to_page, _OF_EPOCH, node, epoch)

    def page_marks(self, node: bytes, epoch: int) -> list[PageRow]:
        return self._all(_to_mark, _MARKS, node, epoch)

    def pages_in(self, state: str, after: int = 0, limit: int = 100) -> list[PageRow]:
        return self._all(_to_page, _IN_STATE, state, after, limit)

    def epochs(self, node: bytes) -> list[int]:
        return self._all(_number, "SELECT DISTINCT epoch FROM pages WHERE node = ? ORDER BY epoch", node)

    def epochs_begun(self, node: bytes) -> list[int]:
        sql = "SELECT epoch FROM pages WHERE node = ? GROUP BY epoch ORDER BY min(id) DESC"
        return self._all(_number, sql, node)

    def page_numbers(self, node: bytes, epoch: int, upto_id: int | None = None) -> list[int]:
        sql = "SELECT DISTINCT number FROM pages WHERE node = ? AND epoch = ? AND id <= ? ORDER BY number"
        return self._all(_number, sql, node, epoch, 2**62 if upto_id is None else upto_id)

    def doubted(self, node: bytes, epoch: int) -> bool:
        return self._one(_DOUBTED, node, epoch) is not None

    def last_page(self) -> int:
        row = self._one("SELECT max(id) FROM pages")
        return row[0] or 0 if row else 0

    def known(self, node: str, epoch: int, first: int, last: int) -> frozenset[int]:
        return frozenset(self._all(_number, _KNOWN, node, epoch, first, last))

    def visitor(self, source: int, number: int) -> Visitor | None:
        return self._get(_to_visitor, _VISITOR, source, number)

    def visitors(self, source: int, first: int, last: int) -> dict[int, Visitor]:
        found = self._all(_to_visitor, _VISITORS, source, first, last)
        return {visitor.number: visitor for visitor in found}

    def visitor_of(self, person: int) -> Visitor | None:
        return self._get(_to_visitor, VISITORS.select("WHERE person = ?"), person)

    def tails(self, node: bytes, epoch: int) -> list[tuple[int, int, bytes, int]]:
        sql = "SELECT id, number, hash, as_epoch FROM sources WHERE node = ? AND epoch = ? ORDER BY id"
        return self._all(tuple, sql, node, epoch)

    # ---- orders

    def orders(self, node: bytes, after: int = 0) -> list[Order]:
        return self._all(_to_order, ORDERS.select("WHERE node = ? AND number > ? ORDER BY number"), node, after)

    def reach(self) -> list[tuple[bytes, str, int, bytes]]:
        return self._all(tuple, "SELECT mark, kind, day, number FROM reach ORDER BY id")

    # ---- on the node

    def leaving(self, state: int = Leaving.CLOSED) -> list[Leaving]:
        return self._all(_to_leaving, LEAVING.select("WHERE state <= ? ORDER BY epoch, number"), state)

    def last_leaving(self, epoch: int) -> Leaving | None:
        return self._get(_to_leaving, LEAVING.select("WHERE epoch = ? ORDER BY number DESC LIMIT 1"), epoch)

    def leaving_at(self, epoch: int, number: int) -> Leaving | None:
        return self._get(_to_leaving, LEAVING.select("WHERE epoch = ? AND number = ?"), epoch, number)

    def paged(self, consultation: str) -> int:
        row = self._one("SELECT max(upto) FROM leaving WHERE consultation = ?", consultation)
        return row[0] or 0 if row else 0

    def living(self, consultation: str) -> list[int]:
        sql = "SELECT person FROM keys WHERE consultation = ? AND here = 1 AND lives = 1 ORDER BY person"
        return self._all(_number, sql, consultation)

    # ---- both

    def traffic_of(self, node: bytes, since: int = 0) -> list[Traffic]:
        return self._all(_to_traffic, TRAFFIC.select("WHERE node = ? AND day >= ? ORDER BY day, way"), node, since)


class NodesTx(Changes, NodesView):
    __slots__ = ()

    def add_node(self, node: Node) -> Node:
        if self.node(node.node) or self.node_called(node.name):
            raise StoreError(f"there is a node {node.name} already; choose another name", refused=True)
        id = self._given(NODES.insert("id"), *(getattr(node, name) for name in NODES.names("id")))
        return _to_node((*(getattr(node, name) for name in NODES.names("id")), id))

    def update_node(self, node: Node) -> None:
        sql = (
            "UPDATE nodes SET name = ?, token = ?, cuts = ?, seen_at = ?, drift = ?, obeyed = ?, program = ? "
            "WHERE node = ?"
        )
        values = (node.name, node.token, node.cuts, node.seen_at, node.drift, node.obeyed, node.program, node.node)
        self._change(sql, *values)

    def add_book(self, book: Book) -> None:
        tail = "ON CONFLICT (id) DO NOTHING"
        self._change(BOOKS.insert(tail=tail), book.id, book.consultation, book.number, book.version, book.data)

    def add_page(self, page: PageRow) -> int:
        return self._given(PAGES.insert("id"), *(getattr(page, name) for name in PAGES.names("id")))

    def update_page(self, page: PageRow) -> None:
        sql = "UPDATE pages SET state = ?, why = ?, numbers = ?, data = ? WHERE id = ?"
        self._change(sql, page.state, page.why, page.numbers, page.data, page.id)

    def lighten_pages(self, upto: int) -> int:
        return self._change(
            "UPDATE pages SET data = ? WHERE id <= ? AND state = 'merged' AND data <> ?", b"", upto, b""
        )

    def add_visitor(self, source: int, number: int) -> Visitor:
        person = self._given(PEOPLE.insert("id"), 0, source, number)
        self._change(VISITORS.insert(), source, number, person, None)
        return Visitor(source, number, person)

    def add_tail(self, node: bytes, epoch: int, number: int, hash: bytes, as_epoch: int) -> int:
        return self._given(SOURCES.insert("id"), node, epoch, number, hash, as_epoch)

    def give_order(self, node: bytes, kind: str, body: bytes, day: int) -> int:
        row = self._one("SELECT coalesce(max(number), 0) + 1 FROM orders WHERE node = ?", node)
        number = int(row[0]) if row else 1
        self.give_order_as(Order(node, number, kind, body, day))
        return number

    def give_order_as(self, order: Order) -> None:
        self._change(ORDERS.insert(), *(getattr(order, name) for name in ORDERS.names()))

    def forget_orders(self, node: bytes, after: int) -> None:
        self._change("DELETE FROM orders WHERE node = ? AND number > ?", node, after)

    def reach_no_more(self, mark: bytes, kind: str, day: int, number: bytes) -> None:
        if self._one("SELECT id FROM reach WHERE mark = ?", mark):
            self._change("UPDATE reach SET kind = ?, day = ? WHERE mark = ?", kind, day, mark)
            return
        self._change(REACH.insert("id"), mark, kind, day, number)

    def close_page(self, page: Leaving) -> None:
        self._change(LEAVING.insert(), *(getattr(page, name) for name in LEAVING.names()))

    def arrived(self, epoch: int, received: int, durable: int) -> None:
        sql = "UPDATE leaving SET state = 1 WHERE epoch = ? AND number <= ? AND state = 0"
        self._change(sql, epoch, received)
        sql = "UPDATE leaving SET state = 2, data = ? WHERE epoch = ? AND number <= ? AND state < 2"
        self._change(sql, b"", epoch, min(received, durable))

    def back(self, epoch: int, received: int) -> None:
        """The hub knows less than it did: what it has not, and is still here, is to be sent again."""
        self._change("UPDATE leaving SET state = 0 WHERE epoch = ? AND number > ? AND state = 1", epoch, received)

    def count_traffic(self, traffic: Traffic) -> None:
        self._change(_ADD_TRAFFIC, *(getattr(traffic, name) for name in TRAFFIC.names()))


def _number(row: Row) -> int:
    return int(row[0])


def _to_node(row: Row) -> Node:
    return Node(*row)


def _to_book(row: Row) -> Book:
    return Book(*row)


def _to_page(row: Row) -> PageRow:
    return PageRow(*row)


def _to_mark(row: Row) -> PageRow:
    return PageRow(*(*row[:-1], b"", row[-1]))


def _to_visitor(row: Row) -> Visitor:
    return Visitor(*row)


def _to_order(row: Row) -> Order:
    return Order(*row)


def _to_leaving(row: Row) -> Leaving:
    return Leaving(*row)


def _to_traffic(row: Row) -> Traffic:
    return Traffic(*row)
