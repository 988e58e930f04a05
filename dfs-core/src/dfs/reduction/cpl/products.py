"""What a CPL recipe has made, taken over: checked, named, and told how it was made."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dfs.foundation.errors import UserError
from dfs.foundation.fits.amend import move_with_cards
from dfs.foundation.fits.cards import read_cards
from dfs.foundation.fits.headers import read_header
from dfs.foundation.fits.sources import open_source
from dfs.foundation.fits.structure import units
from dfs.plugin import CplRecipe, Header, HeaderValue
from dfs.reduction.context import safe_filename
from dfs.reduction.cpl.errors import DAMAGED_PRODUCT, WRONG_CATEGORY
from dfs.reduction.cpl.files import ListedProduct, handed_name
from dfs.reduction.errors import NO_PRODUCT
from dfs.reduction.model import Made, MadeProduct, Metric, RecipeTask
from dfs.reduction.product_header import Cards, digest_card, provenance_cards

_CATEGORY: Final = "PRO.CATG"
_INPUT: Final = re.compile(r"PRO\.REC1\.(?:RAW|CAL)\d+\.NAME")


@dataclass(frozen=True, slots=True)
class _Found:
    path: Path
    category: str
    headers: tuple[Header, ...]  # of each unit, the primary first


def take_over(
    listed: Sequence[ListedProduct],
    task: RecipeTask,
    cpl: CplRecipe,
    folder: Path,
    log: logging.Logger,
) -> Made:
    """Move the products that are declared into a folder, under names of ours.

    A product of a category that is not declared is left where it is, and the log says
    so: many recipes write more than anybody uses. Of several products of one category,
    each has its number in its name.

    Parameters
    ----------
    listed : what esorex lists; paths are absolute.
    task : the run.
    cpl : how the pipeline's names become the declared ones.
    folder : takes the products.
    log : the block's.

    Raises
    ------
    UserError
        ``recipe.no-product``, ``cpl.wrong-category``, ``cpl.damaged-product``.
    StorageError
        A file could not be written.
    """
    declared = {product.category for product in task.recipe.products}
    found: list[_Found] = []
    others: list[str] = []
    for product in listed:
        category = cpl.categories.get(product.category, product.category)
        if category in declared:
            found.append(_checked(product, category))
        else:
            others.append(product.category)
            name = Path(product.path).name
            log.warning("left out %s: %s is not declared", name, product.category)
    if not found:
        raise _nothing(task, others)
    metrics = tuple(_metrics(found, task, cpl, log))
    return Made(tuple(_moved(found, task, folder, log)), metrics, _setup(task))


def _nothing(task: RecipeTask, others: Sequence[str]) -> UserError:
    recipe = task.recipe
    if not others:
        return UserError(NO_PRODUCT, f"{recipe.name} ended well, but made no product")
    known = ", ".join(product.category for product in recipe.products)
    made = ", ".join(dict.fromkeys(others))
    return UserError(WRONG_CATEGORY, f"{recipe.name} made {made} only; it declares {known}")


def _checked(product: ListedProduct, category: str) -> _Found:
    """Look whether a file is whole, by its headers, and what it says that it is."""
    path = Path(product.path)
    try:
        headers = tuple(
            read_cards(unit.cards, None, where=product.path, problems=[])
            for unit in units(open_source(path))
        )
    except UserError as error:
        what = f"{product.category} in {path.name} is no whole FITS file: {error.detail}"
        raise UserError(DAMAGED_PRODUCT, what) from error
    said = headers[0].get(_CATEGORY)
    if said != product.category:
        raise UserError(
            WRONG_CATEGORY,
            f"{path.name} is listed as {product.category}, but its header says {said}",
        )
    return _Found(path, category, headers)


def _moved(
    found: Sequence[_Found], task: RecipeTask, folder: Path, log: logging.Logger
) -> Iterable[MadeProduct]:
    of_category = Counter(product.category for product in found)
    numbers: Counter[str] = Counter()
    for product in found:
        category = product.category
        numbers[category] += 1
        number = numbers[category]
        ending = f"_{number}" if of_category[category] > 1 else ""
        filename = safe_filename(f"{task.stem}_{category.lower()}{ending}.fits")
        cards: Cards = {
            "PIPEFILE": (filename, "Filename of data product"),
            _CATEGORY: (category, "Category of pipeline product frame"),
            **provenance_cards(task, category, number),
            **_digests(product.headers[0], task),
        }
        move_with_cards(product.path, folder / filename, cards)
        log.info("wrote %s", filename)
        unit = str(product.headers[0].get("BUNIT", "")).strip()
        yield MadeProduct(category, filename, unit, number)


def _digests(header: Header, task: RecipeTask) -> Cards:
    """Tell what the inputs were that a header names, in an order and a choice of its own."""
    digests: dict[tuple[str, str], list[str]] = {}
    for frame, digest in zip(task.frames, task.provenance.digests, strict=False):
        digests.setdefault((handed_name(frame.path), frame.tag), []).append(digest)
    cards: Cards = {}
    for keyword, name in header.items():
        if _INPUT.fullmatch(keyword) is not None:
            stem = keyword.removesuffix(".NAME")
            if found := digests.get((str(name), str(header.get(f"{stem}.CATG")))):
                cards[f"{stem}.SHA256"] = digest_card(found.pop(0))
    return cards


def _metrics(
    found: Sequence[_Found], task: RecipeTask, cpl: CplRecipe, log: logging.Logger
) -> Iterable[Metric]:
    """Take the declared figures from the headers, of each category's first product."""
    declared = task.quality_parameters
    sources = {name: name for name in declared if name not in cpl.quality.values()}
    sources |= {theirs: ours for theirs, ours in cpl.quality.items() if ours in declared}
    measured: set[tuple[str, str]] = set()
    first = {product.category: product for product in reversed(found)}
    for category, product in reversed(first.items()):
        for keyword, name in sources.items():
            value = _value(product, keyword)
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if (name, category) not in measured:
                measured.add((name, category))
                log.info("%s = %g", name, value)
                yield Metric(name, float(value), category)


def _value(product: _Found, keyword: str) -> HeaderValue | None:
    """Look a keyword up in the first unit that has it, or in the unit that it names."""
    name, _, unit = keyword.removesuffix("]").partition("[")
    headers = (h for h in product.headers if not unit or h.get("EXTNAME") == unit)
    return next((header[name] for header in headers if name in header), None)


def _setup(task: RecipeTask) -> Header:
    first = next((frame for frame in task.frames if frame.is_raw), None)
    if first is None or not task.setup_keywords:
        return {}
    return read_header(first.path, set(task.setup_keywords), problems=[])
