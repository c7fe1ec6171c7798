"""Learning categories from labelled messages, with names of subjects and unlabelled texts to help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .features import Features, Fields, Grams, Message, learn_features, read
from .model import Model, softmax

FOLDS = 5
_C = 0.2  # how closely the examples are followed; chosen by five-fold cross-validation
_NAME_WEIGHT = 0.5  # of a subject's name beside a message, likewise
_MANY = 3000  # messages from which one fold held back says as much as five do
_TEMPERATURES = np.geomspace(0.05, 5.0, 200)


class CannotLearn(ValueError):
    """Too few messages to learn from; the message says how many are needed of what."""


def train(
    messages: Sequence[Message],
    categories: Sequence[str],
    *,
    names: Mapping[str, Iterable[str]] | None = None,
    unlabelled: Sequence[Message] = (),
) -> Model:
    """Learn to tell the categories of messages apart.

    `names` gives, for a category, the names of the subjects that belong to it (`names_of` a
    taxonomy): each is an example of half a message's weight. `unlabelled` texts teach which runs there are and how rare they
    are. The same input gives the same model. Raises `CannotLearn` where fewer than two categories
    have two messages each, or a message has no words.
    """
    _check(messages, categories)
    return _train(
        [read(one) for one in messages],
        categories,
        _named(names),
        [read(one) for one in unlabelled],
    )


def names_of(taxonomy: Iterable[Sequence[str]]) -> dict[str, list[str]]:
    """For each first-level category its subjects' names: each level alone, and both together.

    `taxonomy` has rows of level 1, 2 and 3; "其他" (other) says nothing and is left out.

    >>> names_of([("环境保护", "环境污染", "噪音污染"), ("环境保护", "环境污染", "其他")])
    {'环境保护': ['环境污染噪音污染', '环境污染', '噪音污染']}
    """
    found: dict[str, dict[str, None]] = {}
    for first, second, third in taxonomy:
        names = [f"{second}{third}", second, third]
        told = [name.replace("其他", "") for name in names]
        found.setdefault(first, {}).update(dict.fromkeys(name for name in told if name))
    return {category: list(names) for category, names in found.items()}


def folds(categories: Sequence[str], count: int = FOLDS) -> NDArray[np.int64]:
    """For each message the fold in which it is held back: by turns within each category.

    >>> folds(["a", "b", "a", "a", "b"], 2).tolist()
    [0, 1, 1, 0, 0]
    """
    turn = Counter({name: at for at, name in enumerate(sorted(set(categories)))})
    found = np.empty(len(categories), dtype=np.int64)
    for at, category in enumerate(categories):
        found[at] = turn[category] % count
        turn[category] += 1
    return found


def splits(categories: Sequence[str]) -> Iterator[tuple[list[int], list[int]]]:
    """For each fold in turn the messages held back and the others; of very many only one fold."""
    turn = folds(categories).tolist()
    for fold in range(FOLDS if len(categories) <= _MANY else 1):
        held = [at for at, one in enumerate(turn) if one == fold]
        if held:
            yield held, [at for at, one in enumerate(turn) if one != fold]


def held_back(
    messages: Sequence[Message],
    categories: Sequence[str],
    *,
    names: Mapping[str, Iterable[str]] | None = None,
    unlabelled: Sequence[Message] = (),
) -> Iterator[tuple[list[int], Model]]:
    """For every fold the messages that were held back, and the model learned from the others.

    The texts of those held back serve as unlabelled ones; their categories are never seen.
    """
    _check(messages, categories)
    fields = [read(one) for one in messages]
    others = [read(one) for one in unlabelled]
    named = _named(names)
    for test, rest in splits(categories):
        model = _train(
            [fields[at] for at in rest],
            [categories[at] for at in rest],
            named,
            [*others, *(fields[at] for at in test)],
        )
        yield test, model


def _train(
    messages: Sequence[Fields],
    categories: Sequence[str],
    named: Sequence[tuple[Fields, str]],
    unlabelled: Sequence[Fields],
) -> Model:
    features = learn_features([*messages, *unlabelled], at_least=_least(messages, unlabelled))
    temperature = _temperature(features, messages, categories, named)
    fitted, weights, bias = _fit(features, *_examples(messages, categories, named))
    return Model(fitted, features, weights, bias, temperature)


def _named(names: Mapping[str, Iterable[str]] | None) -> list[tuple[Fields, str]]:
    return [
        (read(Message(name, name)), category)
        for category, all_names in (names or {}).items()
        for name in all_names
    ]


def _check(messages: Sequence[Message], categories: Sequence[str]) -> None:
    if len(messages) != len(categories):
        raise ValueError(f"{len(messages)} messages and {len(categories)} categories")
    enough = [name for name, count in Counter(categories).items() if count > 1]
    if len(enough) < 2:
        raise CannotLearn(
            "at least two categories with two messages each are needed; "
            f"there are {len(messages)} messages in {len(set(categories))} categories"
        )


def _least(messages: Sequence[Fields], unlabelled: Sequence[Fields]) -> tuple[int, int]:
    """In how many texts a run must occur: pairs of one or two texts tell nothing among thousands."""
    return (2, 3) if len(messages) + len(unlabelled) >= 1000 else (1, 2)


def _examples(
    messages: Sequence[Fields], categories: Sequence[str], named: Sequence[tuple[Fields, str]]
) -> tuple[list[Fields], list[str], NDArray[np.float64]]:
    """Messages and names as examples with their categories and weights."""
    present = set(categories)
    used = [(one, category) for one, category in named if category in present]
    return (
        [*messages, *(one for one, _category in used)],
        [*categories, *(category for _one, category in used)],
        np.r_[np.ones(len(messages)), np.full(len(used), _NAME_WEIGHT)],
    )


def _fit(
    features: Features,
    examples: Sequence[Fields],
    labels: Sequence[str],
    weights: NDArray[np.float64],
) -> tuple[tuple[str, ...], NDArray[np.float32], NDArray[np.float64]]:
    """One straight line for each category against the rest (linear support vector machine)."""
    from scipy.sparse import csr_array
    from sklearn.svm import LinearSVC

    at, parts = 0, []
    for count, grams in features.of(examples):
        parts.append(Grams(grams.rows + at, grams.columns, grams.values))
        at += count
    rows, columns, values = (np.concatenate(part) for part in zip(*parts, strict=True))
    where = rows.astype(np.int32), columns.astype(np.int32)  # what scikit-learn takes
    table = csr_array((values, where), shape=(at, features.width))
    line = LinearSVC(C=_C, class_weight="balanced", random_state=0)
    line.fit(table, labels, sample_weight=weights)
    weight, bias = line.coef_.T, line.intercept_
    if len(line.classes_) == 2:  # one line tells two apart
        weight, bias = np.hstack([-weight, weight]) / 2, np.r_[-bias, bias] / 2
    return tuple(map(str, line.classes_)), weight.astype(np.float32), bias.astype(float)


def _temperature(
    features: Features,
    messages: Sequence[Fields],
    categories: Sequence[str],
    named: Sequence[tuple[Fields, str]],
) -> float:
    """The temperature under which messages held back from learning were likeliest."""
    scores, truth = [], []
    for held, rest in splits(categories):
        examples = _examples([messages[at] for at in rest], [categories[at] for at in rest], named)
        if len(set(examples[1])) < 2:
            continue
        found, weight, bias = _fit(features, *examples)
        place = {name: at for at, name in enumerate(found)}
        test = [at for at in held if categories[at] in place]
        if test:
            model = Model(found, features, weight, bias, 1.0)
            scores.append(model.scores([messages[at] for at in test]))
            truth.append(np.array([place[categories[at]] for at in test]))
    losses = [
        sum(
            -np.log(np.maximum(softmax(one / t)[np.arange(len(true)), true], 1e-12)).sum()
            for one, true in zip(scores, truth, strict=True)
        )
        for t in _TEMPERATURES
    ]
    return float(_TEMPERATURES[int(np.argmin(losses))]) if scores else 1.0
