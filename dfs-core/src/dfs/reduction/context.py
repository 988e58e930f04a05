"""What a native recipe sees of the system while it runs."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dfs.foundation.clock import Clock
from dfs.foundation.errors import UserError
from dfs.foundation.fits.headers import read_header
from dfs.plugin import (
    BadConfiguration,
    DetectorImage,
    Header,
    HeaderCards,
    InputFrame,
    ParameterValue,
    Recipe,
)
from dfs.reduction.model import Made, MadeProduct, Metric, RecipeTask, TaskFrame
from dfs.reduction.pixels import pixel_statistics, write_detectors, write_product
from dfs.reduction.product_header import (
    PRIMARY_NAME,
    PixelStatistics,
    ProductFacts,
    product_header,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_UNSAFE = re.compile(r"[^A-Za-z0-9_.+-]")


class NativeContext:
    """The context of one run; implements :class:`dfs.plugin.RecipeContext`.

    Parameters
    ----------
    task : what is to be done.
    folder : takes the products.
    log : the block's log.
    clock : gives the time.

    Raises
    ------
    UserError
        ``fits.…``: an input cannot be read.
    """

    def __init__(self, task: RecipeTask, folder: Path, log: logging.Logger, clock: Clock) -> None:
        self._task = task
        self._folder = folder
        self._log = log
        self._clock = clock
        self._started_at = clock()
        self._headers: list[Header] = [self._read(frame.path) for frame in task.frames]
        self._frames = [
            InputFrame(frame.path, frame.tag, header) for header, frame in self._inputs()
        ]
        self._metrics: dict[tuple[str, str], float] = {}
        self._used: set[tuple[str, str]] = set()
        self._products: list[MadeProduct] = []
        self._measured: list[Metric] = []

    @property
    def recipe(self) -> Recipe:
        """The declaration under which the recipe runs."""
        return self._task.recipe

    @property
    def parameters(self) -> Mapping[str, ParameterValue]:
        """Every declared parameter with its value."""
        return self._task.parameters

    @property
    def log(self) -> logging.Logger:
        """The block's log."""
        return self._log

    def frames(self, *tags: str) -> Sequence[InputFrame]:
        """Give the frames of these classes, all frames if none is named; oldest first."""
        wanted = [frame for frame in self._frames if not tags or frame.tag in tags]
        return tuple(sorted(wanted, key=self._time))

    def metric(self, name: str, value: float, *, category: str = "") -> None:
        """Measure a QC1 parameter, see :class:`dfs.plugin.RecipeContext`."""
        if name not in self._task.quality_parameters:
            raise BadConfiguration(f"{name} is not declared as measured by {self.recipe.name}")
        if category:
            self._check_category(category)
        if (name, category) in self._metrics:
            raise BadConfiguration(f"{name} is measured twice for {category or 'every product'}")
        self._metrics[name, category] = float(value)
        self._log.info("%s = %g", name, value)

    def write(
        self,
        category: str,
        data: NDArray[Any],
        *,
        error: NDArray[Any] | None = None,
        quality: NDArray[Any] | None = None,
        header: HeaderCards | None = None,
    ) -> None:
        """Write a product, see :class:`dfs.plugin.RecipeContext`."""
        image = DetectorImage(PRIMARY_NAME, data, error, quality)
        self._check_planes(category, image)

        def write(path: Path, cards: HeaderCards) -> None:
            write_product(path, cards, image)

        self._write(category, header or {}, pixel_statistics(data), write)

    def write_detectors(
        self,
        category: str,
        detectors: Iterable[DetectorImage],
        *,
        header: HeaderCards | None = None,
    ) -> None:
        """Write a product of several detectors, see :class:`dfs.plugin.RecipeContext`."""

        def write(path: Path, cards: HeaderCards) -> None:
            write_detectors(path, cards, self._checked(category, detectors))

        self._write(category, header or {}, None, write)

    def progress(self, fraction: float, message: str = "") -> None:
        """Tell how far the recipe is, from 0 to 1."""
        self._log.info("%3.0f %% %s", 100 * min(max(fraction, 0.0), 1.0), message)

    def made(self) -> Made:
        """Say what the recipe has made, now that it has ended.

        Raises
        ------
        BadConfiguration
            A QC1 parameter was measured for a product that was not written afterwards.
        """
        unused = [key for key in self._metrics if key not in self._used]
        if unused and self._products:
            name, category = unused[0]
            raise BadConfiguration(
                f"{name} was measured for {category or 'the products to come'}, "
                "but no such product was written afterwards"
            )
        first = next((header for header, frame in self._inputs() if frame.is_raw), {})
        setup = {key: first[key] for key in self._task.setup_keywords if key in first}
        return Made(tuple(self._products), tuple(self._measured), setup)

    def _write(
        self,
        category: str,
        cards: HeaderCards,
        statistics: PixelStatistics | None,
        write: Callable[[Path, HeaderCards], None],
    ) -> None:
        """Write a product under its name and keep what belongs to it."""
        self._check_category(category)
        filename = safe_filename(f"{self._task.stem}_{category.lower()}.fits")
        if any(product.filename == filename for product in self._products):
            raise BadConfiguration(f"{category}: another product is named {filename} already")
        facts = ProductFacts(
            task=self._task,
            headers=self._headers,
            category=category,
            filename=filename,
            metrics=self._metrics_of(category),
            statistics=statistics,
            cards=cards,
            started_at=self._started_at,
            written_at=self._clock(),
        )
        write(self._folder / filename, product_header(facts))
        # What was measured while detectors were made is kept, though not in the header.
        self._measured += self._metrics_of(category)
        self._products.append(MadeProduct(category, filename, _unit(cards)))
        self._log.info("wrote %s", filename)

    def _checked(
        self, category: str, detectors: Iterable[DetectorImage]
    ) -> Iterator[DetectorImage]:
        names: set[str] = set()
        for detector in detectors:
            if detector.name in names or detector.name in ("", PRIMARY_NAME):
                raise BadConfiguration(
                    f"{category}: {detector.name!r} does not name one detector among others"
                )
            names.add(detector.name)
            self._check_planes(category, detector)
            yield detector
            del detector  # its pixels, before the next one is made
        if not names:
            raise BadConfiguration(f"{category}: there is no detector")

    def _check_planes(self, category: str, image: DetectorImage) -> None:
        for name, plane in (("error", image.error), ("quality", image.quality)):
            if plane is not None and plane.shape != image.data.shape:
                raise BadConfiguration(
                    f"{category}: the {name} plane is {plane.shape}, the data {image.data.shape}"
                )

    def _metrics_of(self, category: str) -> list[Metric]:
        """Take what was measured of every product, then of this one."""
        values: dict[str, float] = {}
        for wanted in ("", category):
            for (name, of), value in self._metrics.items():
                if of == wanted:
                    values[name] = value
                    self._used.add((name, of))
        return [Metric(name, value, category) for name, value in values.items()]

    def _inputs(self) -> Iterator[tuple[Header, TaskFrame]]:
        return zip(self._headers, self._task.frames, strict=True)

    def _check_category(self, category: str) -> None:
        declared = [product.category for product in self.recipe.products]
        if category not in declared:
            raise BadConfiguration(
                f"{category} is not a declared product of {self.recipe.name}, "
                f"which declares {', '.join(declared)}"
            )
        if any(product.category == category for product in self._products):
            raise BadConfiguration(f"{category} was written already")

    def _read(self, path: str) -> Header:
        problems: list[UserError] = []
        header = read_header(path, problems=problems)
        for problem in problems:
            self._log.warning("%s", problem)
        return header

    def _time(self, frame: InputFrame) -> tuple[bool, float]:
        time = frame.header.get(self._task.time_keyword)
        return (False, float(time)) if isinstance(time, int | float) else (True, 0.0)


def safe_filename(name: str) -> str:
    """Make a file name that every system can hold."""
    return _UNSAFE.sub("_", name)


def _unit(cards: HeaderCards) -> str:
    card = cards.get("BUNIT", "")
    return str(card[0] if isinstance(card, tuple) else card).strip()
