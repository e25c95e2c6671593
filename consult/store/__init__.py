"""What every store promises. `Store.write(work)` is the only door through which anything is kept.

Rule 1: `work(tx)` has no other effect than through `tx` and may be run again; clock and identifiers are drawn before.
Rule 2: when `write` returns, what `work` did is on disk (synchronous=FULL); when it raises, nothing of it is kept.
Rule 3: one writer per process commits what has gathered in one fsync, each work kept or undone by itself; between
processes the database's write lock decides (BEGIN IMMEDIATE, an advisory lock). Nobody sees a connection, SQL or an
object of a database library.
Rule 4: the store seals nothing and opens nothing: what arrives as bytes was sealed by the vault.

The promises are stated as tests in tests/store/test_contract.py; a store for another database passes the same file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from consult.store.aired import AiredText, Beep, Episode, SlipRow
from consult.store.fieldwork import Book, Leaving, Node, Order, PageRow, PageState, Texted, Traffic, Unread, Visitor
from consult.store.members import Account, Approval, Grant, Invitation, Signin, State, Token
from consult.store.moderated import Flag, Worded, WordedState, Writing, WritingState
from consult.store.pulse import Pulse
from consult.store.records import (
    About,
    Address,
    AskRow,
    Caller,
    Campaign,
    Code,
    Draft,
    Enrolment,
    Fact,
    Import,
    KeyRow,
    Message,
    Person,
    Published,
    Reading,
    Recorded,
    Release,
    SessionRow,
    Stats,
)

if TYPE_CHECKING:
    from consult.config import Settings

T = TypeVar("T")
POSTGRES: Final = ("postgresql", "postgres")  # both are in use


class StoreError(Exception):
    """The store could not do it; says what and the cure. `full` when the disk is.

    `refused`: the store works, but what was asked of it cannot be: trying the same again will not help.
    """

    def __init__(self, why: str, *, full: bool = False, refused: bool = False) -> None:
        super().__init__(why)
        self.why, self.full, self.refused = why, full, refused


class View(Protocol):
    """What may be read. Every method is one snapshot; missing things are None or empty."""

    # editions (published versions)
    def published(self, name: str, version: int | None = None) -> Published | None: ...
    def editions(self) -> list[Published]: ...  # every version, newest last
    # people
    def address(self, index: bytes) -> Address | None: ...
    def address_of(self, id: int) -> Address | None: ...
    def person(self, id: int) -> Person | None: ...
    def sharing(self) -> frozenset[int]: ...  # people whose telephone has more than one voice
    def people_at(self, address: int, generation: int) -> list[Person]: ...  # by slot
    def enrolment(self, person: int, consultation: str) -> Enrolment | None: ...
    def enrolments(self, consultation: str, imported: int | None = None) -> Iterator[Enrolment]: ...
    def waiting(self, consultation: str, after: int = 0, limit: int = 100) -> list[int]: ...
    # ^ persons enrolled from a list and never invited, by id, those above `after`
    def how_many_wait(self, consultation: str) -> int: ...
    def key(self, person: int, consultation: str) -> KeyRow | None: ...
    def keys(self, consultation: str) -> Iterator[KeyRow]: ...
    # conversations
    def too_many(self, address: int, since: int, most: int) -> bool: ...  # replies owed to it since then
    def caller(self, index: bytes, ours: str) -> Caller | None: ...  # None for a number we do not know
    def open_session(self, address: int, ours: str) -> SessionRow | None: ...
    def session(self, id: int) -> SessionRow | None: ...
    def latest_session(self, address: int, ours: str, consultation: str) -> SessionRow | None: ...  # open or resting
    def session_of(self, person: int, consultation: str) -> SessionRow | None: ...
    def sessions_at(self, address: int) -> list[SessionRow]: ...  # on all our numbers; open ones, then newest first
    def sessions_of(self, consultation: str) -> list[SessionRow]: ...  # open and resting
    def due_sessions(self, at: int, limit: int = 100) -> list[SessionRow]: ...
    # ^ remind_at or lapse_at has come, or lapse_at lies further ahead than it can (`records.FARTHEST`)
    # journal
    def facts(
        self, consultation: str, after: int = 0, limit: int | None = None, part: tuple[int, int] = (1, 0)
    ) -> Iterator[Fact]: ...  # by arrival; `part`: of the people whose number, divided by the first, leaves the second
    def channels_of(self, consultation: str) -> list[str]: ...  # on which anything was said
    def origins(self, consultation: str, arrival: int) -> list[tuple[str, int, int]]: ...  # in order
    def epochs_heard(self, node: str) -> list[int]: ...  # in which it told what is in the journal
    def facts_between(self, node: str, epoch: int, first: int, last: int) -> list[Fact]: ...  # by origin
    def origin_node(self) -> str: ...  # who this is: the node of facts that begin here, 16 hexadecimal digits
    def epoch(self) -> int: ...  # the epoch of facts that begin here
    def last_arrival(self, consultation: str) -> int: ...
    # inbox
    def held(self, limit: int = 100) -> list[tuple[bytes, bytes]]: ...
    # ^ (key, sealed) of messages that failed to apply: those tried least first, then the oldest
    def all_held(self) -> Iterator[tuple[bytes, bytes]]: ...  # every one of them, however often it was tried
    def how_many_held(self) -> int: ...
    def taken(self, key: bytes) -> bool: ...  # whether `take` kept this mark
    def last_heard(self, way: str) -> int: ...  # epoch seconds of the newest message taken, 0 if none
    def captured(self, limit: int = 100) -> list[tuple[int, bytes]]: ...  # (id, sealed), as they came while locked
    def how_many_captured(self) -> int: ...
    # outbox
    def message(self, id: int) -> Message | None: ...
    def message_by_ref(self, carrier: str, ref: str) -> Message | None: ...
    def payable(self, channel: str, carrier: str, at: int, limit: int = 100) -> list[int]: ...  # ids that are due
    def overdue(self, at: int, limit: int = 100) -> list[Message]: ...  # handing with an expired lease, or uncertain
    def spent(self, consultation: str) -> list[tuple[str, int, float]]: ...  # channel, segments, money
    def spent_on(self, consultation: str) -> dict[int, float]: ...  # money, by person; a shared phone by its first
    def stats(self, consultation: str) -> Stats: ...  # traffic only
    def outcomes(self, consultation: str) -> list[tuple[str, str, str, int]]: ...  # channel, state, why, messages
    def states(self) -> list[tuple[str, str, int]]: ...  # channel, state, messages; of the whole hub
    def queued_of(self, campaign: int) -> int: ...  # its messages that wait, also for a later moment
    def owing(self, at: int) -> tuple[int, int | None]: ...  # how many are due, and since when the oldest is
    def traffic(self, address: int, limit: int = 200) -> list[Message]: ...  # for the demo's phones and doctor
    # campaigns
    def campaign(self, id: int) -> Campaign | None: ...
    def campaigns(self, consultation: str | None = None) -> list[Campaign]: ...
    # joining
    def code(self, hashed: bytes) -> Code | None: ...
    def suppressed(self, index: bytes) -> bool: ...
    def imports(self, consultation: str) -> list[Import]: ...
    def figures(self, consultation: str) -> tuple[int, str] | None: ...  # (arrival, JSON) last shown
    def audit(self, after: int = 0) -> list[tuple[int, str, str, str]]: ...  # (id, day, what, hash)
    def setting(self, name: str) -> str | None: ...
    def lease_ends(self) -> int: ...  # epoch seconds until which someone is the scheduler, 0 if nobody ever was
    # calls
    def line(self, mark: bytes) -> bytes | None: ...  # what a call was last answered, sealed
    def recording(self, name: str) -> Recorded | None: ...
    def recordings(self, state: int, limit: int = 100) -> list[Recorded]: ...  # the oldest first
    def recordings_of(self, consultation: str) -> list[Recorded]: ...  # those that are here
    def recordings_there(self, limit: int = 100) -> list[Recorded]: ...  # fetched or burnt, and still at the carrier
    # on the air
    def episode(self, consultation: str, number: int) -> Episode | None: ...
    def episodes(self, consultation: str) -> list[Episode]: ...  # by number
    def beeps(self, ours: str) -> list[Beep]: ...  # what this number means, in every episode that uses it
    def beeps_of(self, consultation: str, number: int) -> list[Beep]: ...
    def slips(self, consultation: str, number: int) -> list[SlipRow]: ...  # in the order in which they came
    def texts(self, consultation: str, number: int) -> list[AiredText]: ...
    # releases
    def releases(self, consultation: str) -> list[Release]: ...  # by number
    def ask_events(self, consultation: str) -> list[AskRow]: ...  # by ask, as they happened
    # field nodes, at their hub
    def node(self, node: bytes) -> Node | None: ...
    def node_called(self, name: str) -> Node | None: ...
    def nodes(self) -> list[Node]: ...
    def book(self, id: bytes) -> Book | None: ...
    def books(self, consultation: str) -> list[Book]: ...  # by version
    def book_numbered(self, number: int, version: int | None = None) -> Book | None: ...  # any version of it
    def consultation_number(self, consultation: str) -> int: ...  # by which pages name it, given once it has a book
    def pages_at(self, node: bytes, epoch: int, number: int) -> list[PageRow]: ...  # more than one where it forked
    def epochs_begun(self, node: bytes) -> list[int]: ...  # the one whose first page came last first
    def pages_of(self, node: bytes, epoch: int) -> Iterator[PageRow]: ...  # by number
    def page_marks(self, node: bytes, epoch: int) -> list[PageRow]: ...  # the same without their bytes, in any order
    def pages_in(self, state: str, after: int = 0, limit: int = 100) -> list[PageRow]: ...  # by id, above `after`
    def epochs(self, node: bytes) -> list[int]: ...
    def page_numbers(self, node: bytes, epoch: int, upto_id: int | None = None) -> list[int]: ...
    def last_page(self) -> int: ...  # the highest id
    def known(self, node: str, epoch: int, first: int, last: int) -> frozenset[int]: ...  # numbers of facts here
    def visitor(self, source: int, number: int) -> Visitor | None: ...
    def visitors(self, source: int, first: int, last: int) -> dict[int, Visitor]: ...  # by number, those between
    def doubted(self, node: bytes, epoch: int) -> bool: ...  # a fork, or a broken chain, waits for the operator
    def visitor_of(self, person: int) -> Visitor | None: ...
    def tails(self, node: bytes, epoch: int) -> list[tuple[int, int, bytes, int]]: ...
    # ^ (source, page number, hash, epoch they are kept under) of tails taken in as epochs of their own
    def orders(self, node: bytes, after: int = 0) -> list[Order]: ...  # by number
    def reach(self) -> list[tuple[bytes, str, int, bytes]]: ...  # (mark, kind, day, number sealed)
    # a node, of itself
    def leaving(self, state: int = 0) -> list[Leaving]: ...  # up to this state
    def last_leaving(self, epoch: int) -> Leaving | None: ...
    def leaving_at(self, epoch: int, number: int) -> Leaving | None: ...
    def paged(self, consultation: str) -> int: ...  # up to which arrival its facts are in closed pages
    def living(self, consultation: str) -> list[int]: ...  # people whose key can still be opened here
    def traffic_of(self, node: bytes, since: int = 0) -> list[Traffic]: ...
    # definitions that are being written
    def draft(self, name: str, number: int | None = None) -> Draft | None: ...  # None: the one that stands
    def drafts(self) -> list[Draft]: ...  # those that stand, by name
    def draft_after(self, name: str, number: int) -> int | None: ...  # the newest that was made from this one
    def writers(self, name: str, number: int) -> str: ...  # who wrote the words of this version, "" if not told
    def readings(self, name: str) -> list[Reading]: ...  # of texts of this draft, also of those that stand no more
    def unchecked(self, name: str, version: int) -> tuple[str, ...]: ...
    # ^ languages in which a published version went out without a second reader, knowingly
    # SMS between a node and its hub
    def chain(self, node: bytes) -> bytes | None: ...  # sealed
    def texted(self, node: bytes) -> list[Texted]: ...  # what is not acknowledged, by counter
    def texted_as(self, owed: int) -> Texted | None: ...  # the frame that this outbox row took
    def unread(self, node: bytes, why: str) -> list[Unread]: ...  # by counter
    def pieces(self, node: bytes, epoch: int, number: int) -> list[bytes]: ...  # of a page that came in part, in order
    def uploading(self, node: bytes) -> int: ...  # bytes of all such pieces
    def unmerged(self, node: bytes) -> Mapping[PageState, int]: ...  # how many of its pages wait, by what they wait for
    # what people wrote, as those who moderate read it
    def writings(self, consultation: str, question: str) -> list[Writing]: ...  # also those that are gone
    def some_writings(
        self, consultation: str, question: str, state: WritingState, page: tuple[int, int]
    ) -> list[Writing]: ...  # so many of this state, after so many
    def writing(self, consultation: str, id: int) -> Writing | None: ...
    def writings_asking(self, consultation: str) -> list[Writing]: ...
    def writings_held(self, consultation: str) -> frozenset[str]: ...  # names of messages that nobody else reads
    def writings_counted(self, consultation: str) -> list[tuple[str, str, int]]: ...  # question, state, how many
    def flags(self, consultation: str) -> list[Flag]: ...
    def people_who_wrote(self, consultation: str, question: str, *, held: bool) -> int: ...  # people
    def worded(self, consultation: str, kind: str) -> list[Worded]: ...
    def worded_one(self, consultation: str, id: int) -> Worded | None: ...
    # who may come in
    def account(self, id: int) -> Account | None: ...
    def account_by(self, mark: bytes) -> Account | None: ...
    def accounts(self) -> list[Account]: ...
    def grants(self, account: int) -> list[Grant]: ...
    def signin(self, hashed: bytes) -> Signin | None: ...
    def signins(self, account: int) -> list[Signin]: ...  # the latest first
    def invitation(self, hashed: bytes) -> Invitation | None: ...
    def approval(self, id: int) -> Approval | None: ...
    def approvals(self) -> list[Approval]: ...  # the newest 200, newest first
    def token(self, hashed: bytes) -> Token | None: ...  # unless it was revoked
    def tokens(self) -> list[Token]: ...


class Tx(View, Protocol):
    """A write in progress. Everything a View reads, as this transaction sees it, and the changes."""

    # inbox: True when this message was not taken before. The mark is kept for ever.
    def take(self, key: bytes, day: int, carrier: str, at: int) -> bool: ...
    def hold(self, key: bytes, sealed: bytes) -> None: ...  # could not be applied: keep it, sealed, for another try
    def tried(self, key: bytes) -> None: ...  # a held message failed again: it goes behind those tried less
    def unhold(self, key: bytes) -> bool: ...  # False when it is not held (any more)
    def capture(self, sealed: bytes) -> None: ...  # it came while the node is locked
    def uncapture(self, id: int) -> None: ...  # it was taken in
    # editions
    def publish(self, edition: Published) -> None: ...  # immutable; StoreError if (name, version) is published already
    def retire(self, name: str, day: int) -> None: ...
    # people
    def add_address(self, index: bytes, sealed: bytes, zone: str) -> Address: ...
    def update_address(self, address: Address) -> None: ...
    def add_person(self, address: int, slot: int, generation: int) -> Person: ...
    def enrol(self, enrolment: Enrolment) -> None: ...  # insert or replace
    def unenrol(self, person: int, consultation: str) -> None: ...
    def put_key(self, key: KeyRow) -> None: ...
    def forget_live(self, person: int, consultation: str) -> None: ...  # drop the live wrap (session closed)
    def erase(self, address: int) -> list[int]: ...
    # ^ destroys every key, session, enrolment and unsent message of every person of the address, clears its sealed
    #   number, raises its generation; returns the persons' ids. Journal rows stay. The caller then calls Store.scrub().
    def suppress(self, index: bytes, kind: str, day: int) -> None: ...
    def unsuppress(self, index: bytes) -> None: ...
    # conversations
    def open(
        self, session: SessionRow
    ) -> SessionRow: ...  # id 0 in, id out; StoreError if one is open for (address, ours)
    def save(self, session: SessionRow) -> None: ...
    def close(self, session: int) -> None: ...  # the row, with its times, is gone
    # journal: every fact has an origin; a payload bound to it is sealed between asking for one and recording
    def origin(self) -> tuple[str, int, int]: ...  # (node, epoch, seq) of the next fact that begins here
    def bring(self, fact: Fact) -> None: ...  # of elsewhere, and not here yet (`known`): it arrives now
    def record(self, fact: Fact) -> Fact: ...
    # ^ gives the arrival number, and the next origin to a fact without one (seq 0). StoreError if its origin is taken
    def new_epoch(self, epoch: int) -> int: ...
    # ^ after a restore, drawn at random: numbers given since may be known; how far above people count on
    # outbox
    def owe(self, message: Message) -> int: ...
    def withdraw(self, session: int) -> int: ...  # unsent replies of this session are superseded; how many
    def cancel(self, address: int) -> int: ...  # everything unsent to this address (opt-out)
    def recall(self, consultation: str) -> int: ...  # everything unsent of its conversations (it is retired)
    def foresee(self, ids: Sequence[int]) -> None: ...
    # ^ these messages are about to be asked for, their addresses, and the `NEWEST` messages of each: asked together
    def lease(self, id: int, at: int, until: int, pace: float) -> Message | None: ...
    # ^ queued and due -> handing, with a new fence, if the carrier's pace (segments a second, kept in the database)
    #   allows it now; else None
    def settle(
        self, message: Message, fence: int
    ) -> bool: ...  # False when another took the lease since: nothing changed
    def update_message(self, message: Message) -> None: ...  # by report: the caller applied the ladder
    def fade(self, before: int) -> int: ...
    # ^ what was settled before then (epoch seconds) keeps state and cost, and loses addressee, conversation and times
    # campaigns
    def add_campaign(self, campaign: Campaign) -> int: ...
    def update_campaign(self, campaign: Campaign) -> None: ...
    # joining and manners
    def add_codes(self, codes: list[Code]) -> None: ...
    def use_code(self, hashed: bytes) -> bool: ...  # once
    def attempt(self, index: bytes, day: int, kind: str) -> int: ...  # how many today, this one included
    def add_import(self, what: Import) -> int: ...
    def undo_import(self, id: int) -> int: ...  # people not yet invited or begun; how many went
    def show(self, consultation: str, arrival: int, figures: str) -> None: ...
    def note(self, day: int, what: str) -> None: ...  # hash-chained audit, without personal data
    def set(self, name: str, value: str) -> None: ...
    def hold_line(self, mark: bytes, sealed: bytes, at: int) -> None: ...  # in place of what was held under this mark
    def add_recording(self, recorded: Recorded) -> None: ...
    def fetched(self, name: str) -> bool: ...  # False where it was burnt meanwhile
    def burn(self, name: str) -> None: ...  # no key opens it any more
    def burnt(self, name: str) -> None: ...  # its file is gone
    def forgotten(self, name: str) -> None: ...  # the carrier has it no more
    def drop_lines(self, before: int) -> int: ...  # calls last answered before then (epoch seconds); how many
    def scheduler(self, who: str, at: int, seconds: int) -> bool: ...  # the scheduler's lease: True while it is ours
    # on the air
    def plan(self, episode: Episode) -> None: ...  # insert or replace
    def plan_beeps(self, consultation: str, number: int, beeps: Sequence[Beep]) -> None: ...  # in place of those before
    def keep_slip(self, slip: SlipRow) -> None: ...  # StoreError where its mark is taken
    def blank_slips(self, consultation: str, number: int, person: int | None = None) -> int: ...
    # ^ their words are gone, or those of one person's; of how many slips
    def change_slip(self, slip: SlipRow) -> None: ...  # what was agreed, the danger, its words
    def blank_old_slips(self, before: int) -> int: ...
    # ^ and texts: of episodes whose window closed before then (epoch seconds)
    def keep_text(self, row: AiredText) -> None: ...
    def change_text(self, row: AiredText) -> None: ...  # its state, and what is told of it
    def blank_texts(self, consultation: str, number: int) -> int: ...  # their words are gone; of how many
    def blank_texts_of(self, person: int) -> int: ...
    def keep_release(self, release: Release) -> None: ...  # for ever
    def add_ask_event(self, row: AskRow) -> None: ...  # for ever
    # field nodes, at their hub
    def add_node(self, node: Node) -> Node: ...  # with its id; StoreError where the node or its name is taken
    def update_node(self, node: Node) -> None: ...  # all but its keys
    def add_book(self, book: Book) -> None: ...  # once
    def add_page(self, page: PageRow) -> int: ...  # its id; StoreError where this very page is here
    def update_page(self, page: PageRow) -> None: ...  # state, why, numbers, data
    def lighten_pages(self, upto: int) -> int: ...  # of merged pages up to this id the bytes go; how many
    def add_visitor(self, source: int, number: int) -> Visitor: ...
    def forget_visitor(self, visitor: Visitor, day: int) -> None: ...  # her keys go, and no page brings her back
    def add_tail(self, node: bytes, epoch: int, number: int, hash: bytes, as_epoch: int) -> int: ...  # its source
    def give_order(self, node: bytes, kind: str, body: bytes, day: int) -> int: ...  # its number
    def give_order_as(self, order: Order) -> None: ...  # with the number it has
    def forget_orders(self, node: bytes, after: int) -> None: ...
    def reach_no_more(self, mark: bytes, kind: str, day: int, number: bytes) -> None: ...
    def keep_piece(self, page: tuple[bytes, int, int], start: int, data: bytes, at: int) -> None: ...
    # ^ of this node, epoch and number; StoreError where there is one at this start
    def drop_pieces(self, node: bytes, epoch: int, number: int) -> int: ...
    def drop_old_pieces(self, before: int) -> int: ...  # that came before then (epoch seconds)
    # a node, of itself
    def close_page(self, page: Leaving) -> None: ...
    def arrived(self, epoch: int, received: int, durable: int) -> None: ...  # what the hub has; durable pages go
    def back(self, epoch: int, received: int) -> None: ...  # the hub has less than it said: send again
    def count_traffic(self, traffic: Traffic) -> None: ...  # added to the day's
    # definitions that are being written
    def keep_draft(self, draft: Draft) -> Draft: ...  # number 0 in, the next of its name out; it is what stands then
    def stand_draft(self, name: str, number: int) -> None: ...  # another version, undone or redone to
    def drop_drafts(self, name: str, before: int) -> int: ...  # versions with lower numbers
    def keep_writers(self, name: str, number: int, accounts: str) -> None: ...
    def drop_writers(self, name: str, before: int) -> int: ...  # of versions with lower numbers
    def keep_reading(self, reading: Reading) -> None: ...  # insert or replace, by text and mark
    def drop_reading(self, reading: Reading) -> bool: ...
    def keep_unchecked(self, name: str, version: int, tags: tuple[str, ...]) -> None: ...
    # SMS between a node and its hub
    def keep_chain(self, node: bytes, sealed: bytes) -> None: ...  # in place of the one before
    def forget_chain_of(self, node: bytes, secrets: bytes) -> None: ...  # what it shared when it joined, without it
    def keep_texted(self, row: Texted) -> None: ...  # insert or replace
    def drop_texted(self, node: bytes, counter: int | None = None) -> None: ...  # all of them without a counter
    def keep_unread(self, row: Unread) -> None: ...  # insert or replace
    def drop_unread(self, node: bytes, counter: int) -> None: ...
    # what people wrote, as those who moderate read it
    def keep_writing(self, row: Writing) -> int: ...  # its id
    def change_writing(self, row: Writing) -> None: ...  # state, day, asks, reply, words
    def lose_writing(self, id: int, length: int) -> None: ...  # words of so many bytes go, and the name
    def fade_writings(self, before: int) -> int: ...  # words opened on that day or earlier go; of how many
    def lose_writings_in(self, consultation: str) -> None: ...  # and flags
    def lose_worded_in(self, consultation: str) -> None: ...
    def keep_flag(self, flag: Flag) -> bool: ...  # False where it stands already
    def change_flag(self, flag: Flag) -> None: ...  # state, and what is known of it
    def keep_worded(self, row: Worded) -> int: ...  # its id
    def decide_worded(self, id: int, state: WordedState, approver: int) -> bool: ...  # False when it is decided
    # who may come in
    def add_account(self, mark: bytes, private: bytes) -> int: ...  # StoreError where this mark is taken
    def update_account(self, account: Account) -> None: ...
    def grant(self, grant: Grant) -> None: ...
    def ungrant(self, grant: Grant) -> bool: ...
    def sign_in(self, signin: Signin) -> None: ...  # insert or replace
    def sign_out(self, hashed: bytes) -> bool: ...
    def sign_out_all(self, account: int) -> int: ...
    def end_signins(self, seen_before: int, born_before: int) -> int: ...
    def invite(self, invitation: Invitation) -> None: ...
    def use_invitation(self, hashed: bytes, at: int) -> bool: ...  # once, in time
    def uninvite(self, by: int) -> int: ...  # every open invitation of this account; 0 is the console
    def uninvite_account(self, id: int) -> int: ...  # codes with which this account could start afresh
    def ask(self, approval: Approval) -> int: ...
    def decide(self, id: int, before: State, after: State, by: int) -> bool: ...  # False when it is not in `before`
    def add_token(self, token: Token) -> int: ...
    def revoke_token(self, id: int) -> bool: ...


class Store(Protocol):
    where: str  # what opens it again, in another process
    pulse: Pulse  # how this process's commits go

    def write(self, work: Callable[[Tx], T], about: About | None = None) -> T: ...
    # ^ `about`: whose message it is, or which, so that what is known of it is read together with what others need
    def read(self, look: Callable[[View], T]) -> T: ...
    def scrub(self, *, whole: bool = False, spread: bool = False) -> None: ...
    # ^ after erasure: nothing deleted remains in free pages of the database or in its log. `whole`: also what takes so
    #   long that it is done at night (PostgreSQL, whose log expires by itself). `spread`: by the way, again and again
    def backup(self, path: str) -> None: ...  # a consistent copy, not encrypted: the caller encrypts it
    def current(self) -> bool: ...  # whether its tables are those of this program
    def check(self) -> list[str]: ...  # what is wrong with the store, for `consult doctor`
    def close(self) -> None: ...


def open_for(settings: Settings) -> Store:
    """The store these settings name: `database_url`, else consult.db in the data folder. Raises StoreError."""
    return open_at(settings.database_url or settings.data / "consult.db")


def open_at(where: str | Path) -> Store:
    """The store at a path, `sqlite:///path` or `postgresql://...`, or where a store said it is. Raises StoreError."""
    scheme, found, _ = str(where).partition("://")
    if found and scheme not in ("sqlite", *POSTGRES):
        raise StoreError(f"no store speaks {scheme}; give a path, sqlite:///path or postgresql://host/database")
    if scheme in POSTGRES:
        from consult.store import postgres

        return postgres.open_store(str(where))
    from consult.store import sqlite

    return sqlite.open_store(where)
