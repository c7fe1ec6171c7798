"""Topics: messages of the same place that say the same, found without comparing all with all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_matrix, diags
from scipy.spatial.distance import squareform

from .describing import concerned, in_one_line
from .heat import HALF_LIFE, Counted, Heat, heat_of, hottest
from .names import CITY, CODE, Gazetteer, codes_of, learn_names, plain_name
from .vectors import Vectors, learn_pairs, vectors_of

FEWEST = 3  # messages of a topic
ALIKE = 0.13  # mean likeness of two messages of one topic at one place
SAME_KIND = 0.1  # that much more alike are two messages of one kind at one place
ALIKE_WITHOUT_PLACE = 0.26  # where they share telling words only
SAME = 0.2  # likeness of the middles of two topics that are one
AT_ONCE = 500  # messages of one place that are compared with each other, in order of time
REST = 150.0  # days without a message after which a topic is over
BODY = 220  # characters of the body that are read: who complains says first what it is
PLACES = 2  # names of a message under which others are looked for
WORDS = 3  # telling pairs under which others are looked for where no place is named
NAMES_FROM = 60_000  # texts from which names are learned


class Said(NamedTuple):
    """A message: `day` counts in days (with parts); `area` is where it lies and `kind` what sort of
    problem it tells of, if that is known."""

    subject: str
    body: str
    day: float
    votes: int = 0
    against: int = 0
    answered: bool = False
    area: str = ""
    kind: str = ""

    @property
    def text(self) -> str:
        """What is read of it."""
        return f"{self.subject}\n{self.body[:BODY]}"


@dataclass(frozen=True)
class Topic:
    """What several messages tell of; `members` are their places in the list, by time."""

    members: tuple[int, ...]
    place: str
    area: str
    concerned: str
    what: str
    words: tuple[str, ...]
    first: float
    last: float
    hottest_on: float
    peak: Heat  # on the day when it was hottest
    now: Heat


@dataclass(frozen=True)
class Found:
    """The topics, the hottest first, and the names of places that were learned."""

    topics: list[Topic]
    names: dict[str, int]


def find_topics(
    messages: Sequence[Said],
    *,
    known: Mapping[str, str] | Iterable[str] = (),
    at: float | None = None,
    half_life: float = HALF_LIFE,
    fewest: int = FEWEST,
    by_peak: bool = False,
) -> Found:
    """What the messages talk about; those heard once or twice are no topic.

    Messages are looked at together that name the same place (`known` to the city, or learned), and
    those without a place that share a telling pair of characters. In each such list those become a
    topic whose words are alike on average (average linkage on the cosine of tf-idf vectors of which
    the names of places were taken out). A list longer than `AT_ONCE` is gone through by time, and
    what goes on over the parts is put together by the middles. So the work grows with the number of
    messages, not with its square. `at` is the day of the heat, by default that of the last message;
    with `by_peak` the topics come in the order of their hottest day instead.
    """
    if not messages:
        return Found([], {})
    step = max(1, len(messages) // NAMES_FROM)
    given = dict(known) if isinstance(known, Mapping) else dict.fromkeys(known, "")
    city = Gazetteer(given)
    names = learn_names(city.without(one.text) for one in messages[::step])
    gazetteer = Gazetteer({**dict.fromkeys(names, ""), **given})
    places, stripped = _places(messages, gazetteer)
    vectors = vectors_of(stripped, learn_pairs(stripped))
    groups = _join(_clusters(messages, places, vectors), vectors, places, messages, fewest)
    at = max(one.day for one in messages) if at is None else at
    topics = [
        _topic(messages, members, places, vectors, at=at, half_life=half_life) for members in groups
    ]
    topics.sort(key=lambda one: (-(one.peak if by_peak else one.now).index, one.members))
    return Found(topics, names)


def _places(messages: Sequence[Said], gazetteer: Gazetteer) -> tuple[list[list[str]], list[str]]:
    """For each message the places under which it is looked for, and its words without names.

    What stands in the subject goes first, and what is named before the rest.
    """
    places, stripped = [], []
    for one in messages:
        found = [*gazetteer.find(one.subject), *gazetteer.find(one.body[:BODY])]
        named = dict.fromkeys(name for _at, name in found)
        in_subject = dict.fromkeys(name for _at, name in gazetteer.find(one.subject))
        plain = dict.fromkeys(plain_name(name) for name in in_subject or named)
        places.append(list(plain)[:PLACES])
        text = CODE.sub("\n", f"{one.subject}\n{one.subject}\n{one.body[:BODY]}")
        for name in named:
            text = text.replace(name, "\n")
        stripped.append(text)
    return places, stripped


def _clusters(
    messages: Sequence[Said], places: list[list[str]], vectors: Vectors
) -> list[NDArray[np.int64]]:
    """Candidates: what is alike under one place, or under one telling pair."""
    lists: dict[str | int, list[int]] = defaultdict(list)
    for row, named in enumerate(places):
        for name in named:
            lists[f"{name}"].append(row)
        if not named:
            for column in vectors.columns[row, :WORDS].tolist():
                if column >= 0:
                    lists[column].append(row)
    days = np.array([one.day for one in messages])
    numbers = {"": -1}
    kinds = np.array([numbers.setdefault(one.kind, len(numbers)) for one in messages])
    found: list[NDArray[np.int64]] = []
    for key, rows in lists.items():
        if len(rows) >= FEWEST:
            ordered = np.array(rows)[np.argsort(days[rows], kind="stable")]
            if isinstance(key, str):
                found += _alike(ordered, vectors, ALIKE, kinds)
            else:
                found += _alike(ordered, vectors, ALIKE_WITHOUT_PLACE)
    return found


def _alike(
    rows: NDArray[np.int64],
    vectors: Vectors,
    alike: float,
    kinds: NDArray[np.int64] | None = None,
) -> list[NDArray[np.int64]]:
    """The groups of a list whose words are alike on average; in parts where it is long."""
    parts: list[NDArray[np.int64]] = []
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        if len(part) < 2:
            continue
        matrix = vectors.matrix(part)
        likeness = (matrix @ matrix.T).toarray()
        if kinds is not None:
            own = kinds[part]
            likeness += SAME_KIND * ((own[:, None] == own[None, :]) & (own >= 0)[:, None])
        parts += _groups(part, _labels(likeness, alike))
    if len(rows) > AT_ONCE and len(parts) > 1:
        middles = _middles(parts, vectors)
        labels = _labels((middles @ middles.T).toarray(), SAME)
        return [
            np.concatenate([part for part, of in zip(parts, labels, strict=True) if of == label])
            for label in range(1, labels.max() + 1)
        ]
    return parts


def _groups(part: NDArray[np.int64], labels: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    order = np.argsort(labels, kind="stable")
    bounds = np.flatnonzero(np.diff(labels[order])) + 1
    return [part[np.sort(one)] for one in np.split(order, bounds) if len(one) >= 2]


def _labels(likeness: NDArray[np.float64], alike: float) -> NDArray[np.int64]:
    """Groups of average linkage: the mean likeness of two of one group is at least `alike`."""
    if len(likeness) == 1:
        return np.ones(1, dtype=np.int64)
    distance = 1 - np.clip(likeness, 0, 1)
    np.fill_diagonal(distance, 0)
    joined = linkage(squareform(distance, checks=False), method="average")
    labels: NDArray[np.int64] = fcluster(joined, 1 - alike, criterion="distance").astype(np.int64)
    return labels


def _middles(groups: Sequence[NDArray[np.int64]], vectors: Vectors) -> csr_matrix:
    """The middles of groups, of length 1 (rows of a sparse matrix)."""
    sizes = [len(rows) for rows in groups]
    ends = np.concatenate([[0], np.cumsum(sizes)])
    inside = csr_matrix((np.ones(ends[-1]), np.arange(ends[-1]), ends))
    sums = inside @ vectors.matrix(np.concatenate(groups))
    lengths = np.sqrt(np.asarray(sums.multiply(sums).sum(axis=1)).ravel())
    return diags(1 / np.maximum(lengths, 1e-9)) @ sums


def _join(
    groups: list[NDArray[np.int64]],
    vectors: Vectors,
    places: list[list[str]],
    messages: Sequence[Said],
    fewest: int,
) -> list[list[int]]:
    """Topics from candidates: each message in one, those that are one put together, parted by rests."""
    groups = _one_each(groups)
    near: dict[str | int, list[int]] = defaultdict(list)
    for number, rows in enumerate(groups):
        named = Counter(name for row in rows.tolist() for name in places[row])
        common = [name for name, count in named.items() if count >= max(2, 0.2 * len(rows))]
        for name in common:
            near[name].append(number)
        if not common:  # the same words at two places are two topics
            words = Counter(vectors.columns[rows, :WORDS].ravel().tolist())
            for column, _count in words.most_common(WORDS):
                near[column].append(number)
    together = _Together(len(groups))
    for numbers in near.values():
        if 1 < len(numbers) <= AT_ONCE:  # a word of so many candidates tells nothing
            middles = _middles([groups[number] for number in numbers], vectors)
            alike = (middles @ middles.T).tocoo()
            same = (alike.data >= SAME) & (alike.row < alike.col)
            for one, other in zip(alike.row[same].tolist(), alike.col[same].tolist(), strict=True):
                together.join(numbers[one], numbers[other])
    topics = []
    for numbers in together.groups():
        rows = np.concatenate([groups[number] for number in numbers])
        ordered = sorted(rows.tolist(), key=lambda row: (messages[row].day, row))
        begin = 0
        for end in range(1, len(ordered) + 1):
            over = end == len(ordered)
            if over or messages[ordered[end]].day - messages[ordered[end - 1]].day > REST:
                if end - begin >= fewest:
                    topics.append(ordered[begin:end])
                begin = end
    return topics


def _one_each(groups: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
    """The groups with each message in one only: groups that share half of the smaller are one, and
    what is still in two goes to the larger."""
    of: dict[int, list[int]] = defaultdict(list)
    for number, rows in enumerate(groups):
        for row in rows.tolist():
            of[row].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in of.values():
        for at, one in enumerate(numbers):
            for other in numbers[at + 1 :]:
                shared[one, other] += 1
    together = _Together(len(groups))
    for (one, other), count in shared.items():
        if 2 * count >= min(len(groups[one]), len(groups[other])) and count >= 2:
            together.join(one, other)
    whole = [np.unique(np.concatenate([groups[n] for n in part])) for part in together.groups()]
    whole.sort(key=lambda rows: (-len(rows), rows[0]))
    taken: set[int] = set()
    kept = []
    for rows in whole:
        own = [row for row in rows.tolist() if row not in taken]
        taken.update(own)
        if len(own) >= 2:
            kept.append(np.array(own))
    return kept


class _Together:
    """What belongs together (union and find)."""

    def __init__(self, count: int) -> None:
        self._first = list(range(count))

    def _of(self, one: int) -> int:
        while self._first[one] != one:
            self._first[one] = self._first[self._first[one]]
            one = self._first[one]
        return one

    def join(self, one: int, other: int) -> None:
        one, other = self._of(one), self._of(other)
        self._first[max(one, other)] = min(one, other)

    def groups(self) -> list[list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for one in range(len(self._first)):
            found[self._of(one)].append(one)
        return list(found.values())


def _topic(
    messages: Sequence[Said],
    members: list[int],
    places: list[list[str]],
    vectors: Vectors,
    *,
    at: float,
    half_life: float,
) -> Topic:
    said = [messages[row] for row in members]
    counted: list[Counted] = [(one.day, one.votes, one.against, one.answered) for one in said]
    day, peak = hottest(counted, half_life=half_life)
    rows = np.array(members)
    middle = _middles([rows], vectors)
    likeness = np.asarray((vectors.matrix(rows) @ middle.T).todense()).ravel()
    best = middle.tocoo()
    ordered = best.col[np.argsort(-best.data, kind="stable")][:8]
    return Topic(
        members=tuple(members),
        place=_place_of(places, members),
        area=_area_of(said),
        concerned=concerned([one.text for one in said]),
        what=in_one_line([(one.subject, one.body) for one in said], likeness.tolist()),
        words=tuple(vectors.pair(int(column)) for column in ordered),
        first=said[0].day,
        last=said[-1].day,
        hottest_on=day,
        peak=peak,
        now=heat_of(counted, at=at, half_life=half_life),
    )


def _place_of(places: list[list[str]], members: list[int]) -> str:
    """The name that most of the messages have in common, and a second one that half of them have."""
    named = Counter(name for row in members for name in places[row])
    common = [
        name
        for rank, (name, count) in enumerate(named.most_common(2))
        if count >= max(2, len(members) * (1 + rank) / 3.5)
    ]
    if len(common) == 2 and (common[0] in common[1] or common[1] in common[0]):
        return max(common, key=len)
    return "、".join(common)


def _area_of(said: Sequence[Said]) -> str:
    """The area in which half of those lie that say in which: as known, or by its code in the text.

    "A市" says less than "A3区" and counts only where no message says more.
    """
    areas = Counter(one.area or next(iter(codes_of(one.text)), "") for one in said)
    del areas[""]
    narrow = {area: count for area, count in areas.items() if not CITY.fullmatch(area)}
    counted = Counter(narrow or areas)
    if not counted:
        return ""
    area, count = counted.most_common(1)[0]
    return area if count >= counted.total() / 2 else ""
