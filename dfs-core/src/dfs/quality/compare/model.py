"""What is found when two files, or two folders of products, are laid side by side.

A difference is always that of the first minus that of the second; the second is the
reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from dfs.plugin import HeaderValue
from dfs.quality.report.survey import Histogram


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What still counts as agreement.

    A value agrees if it differs from the reference by at most
    ``absolute + relative * |reference|``.

    Parameters
    ----------
    absolute : in the unit of the values.
    relative : as a fraction of the reference.
    outliers : fraction of an image's pixels, or of a column's values, that may lie beyond.
    level_shift : judge what is left of an image's difference when its median is taken out.
    strict : let keywords and QC1 values count as well.
    """

    absolute: float = 0.0
    relative: float = 0.0
    outliers: float = 0.0
    level_shift: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Deviation:
    """How far two images lie apart.

    Parameters
    ----------
    rms : root of the mean square of the differences, about zero.
    largest : the difference that is largest in amount.
    place : (x, y) of that pixel, from one as in FITS.
    beyond : number of pixels beyond tolerance.
    """

    rms: float
    largest: float
    place: tuple[int, int]
    beyond: int


@dataclass(frozen=True, slots=True, eq=False)
class DifferenceMaps:
    """What the pictures of a difference show.

    Parameters
    ----------
    mean : mean difference of cells of ``cell`` (rows, columns) pixels; NaN where no pixel
        of a cell is there in both.
    largest : largest amount of a difference in each cell; NaN where a pixel of the cell is
        missing in one image only.
    cell : size of a cell.
    row_profile, column_profile : (ny,) and (nx,), mean difference of each row and column.
    histogram : of the differences; None where all are zero.
    """

    mean: NDArray[np.float64]
    largest: NDArray[np.float64]
    cell: tuple[int, int]
    row_profile: NDArray[np.float64]
    column_profile: NDArray[np.float64]
    histogram: Histogram | None


@dataclass(frozen=True, slots=True, eq=False)
class ImageDifference:
    """Two images of one shape, pixel by pixel.

    Parameters
    ----------
    shape : lengths of the axes in the order of numpy, the fastest last.
    unit : of the pixels; empty if that is not known.
    compared : number of pixels that are finite in both.
    missing_first, missing_second, missing_both : number of pixels that are not finite.
    median, mean : of the differences; the median is the common shift of level.
    sigma : robust scale of the differences, 1.4826 times their median absolute deviation.
    sampled_every : median and sigma are of every n-th pixel of every n-th row.
    raw : the differences as they are.
    levelled : the differences without their median.
    maps : for the pictures, of the differences that are judged; None if no pixel could be
        compared.
    """

    shape: tuple[int, ...]
    unit: str
    compared: int
    missing_first: int
    missing_second: int
    missing_both: int
    median: float
    mean: float
    sigma: float
    sampled_every: int
    raw: Deviation
    levelled: Deviation
    maps: DifferenceMaps | None = None


@dataclass(frozen=True, slots=True)
class FlagDifference:
    """Two planes of flags of one shape, bit by bit.

    Parameters
    ----------
    shape : (ny, nx).
    unequal : number of pixels whose flags differ.
    bits : each flag that differs somewhere, with the number of pixels that carry it in the
        first plane only and in the second only.
    """

    shape: tuple[int, ...]
    unequal: int
    bits: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """A column of two tables.

    Parameters
    ----------
    name : of the column.
    values : number of values that were compared.
    unequal : number of values that differ at all; of a column of numbers also those that
        are missing on one side only.
    beyond : number of values beyond tolerance.
    rms, largest : of the differences; None for a column without numbers.
    row : where the largest difference is, or the first unequal value, from one; zero if
        there is none.
    problem : why it could not be compared, if it could not.
    """

    name: str
    values: int = 0
    unequal: int = 0
    beyond: int = 0
    rms: float | None = None
    largest: float | None = None
    row: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TableDifference:
    """Two tables of equally many rows, column by column.

    Parameters
    ----------
    rows : of either.
    columns : that are in both.
    only_first, only_second : names of the columns that are not.
    """

    rows: int
    columns: tuple[ColumnDifference, ...]
    only_first: tuple[str, ...] = ()
    only_second: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeaderDifference:
    """Two headers, without what says only when and where a file was written.

    Parameters
    ----------
    only_first, only_second : keywords with their values.
    different : keywords with the value in the first and in the second.
    same : number of keywords that agree.
    """

    only_first: Mapping[str, HeaderValue] = field(default_factory=dict)
    only_second: Mapping[str, HeaderValue] = field(default_factory=dict)
    different: Mapping[str, tuple[HeaderValue, HeaderValue]] = field(default_factory=dict)
    same: int = 0

    @property
    def count(self) -> int:
        """Number of keywords that do not agree."""
        return len(self.only_first) + len(self.only_second) + len(self.different)


@dataclass(frozen=True, slots=True)
class QualityDifference:
    """A QC1 value side by side.

    Parameters
    ----------
    name : the parameter.
    first, second : its values; None where it was not measured.
    agrees : whether it is there in both, and within the relative tolerance.
    """

    name: str
    first: float | None
    second: float | None
    agrees: bool

    @property
    def difference(self) -> float | None:
        """First minus second; None unless there are both."""
        if self.first is None or self.second is None:
            return None
        return self.first - self.second

    @property
    def relative(self) -> float | None:
        """The difference as a fraction of the second; None where that is zero or unknown."""
        if self.difference is None or not self.second:
            return None
        return self.difference / abs(self.second)


Content: TypeAlias = ImageDifference | FlagDifference | TableDifference


@dataclass(frozen=True, slots=True)
class UnitDifference:
    """A header-data unit of two files.

    Parameters
    ----------
    name : EXTNAME, ``PRIMARY``, or the number of the unit.
    content : how their data compare; None if neither has any, or they cannot be compared.
    header : how their keywords compare.
    problem : why the data cannot be compared, if they cannot.
    """

    name: str
    content: Content | None
    header: HeaderDifference
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FileComparison:
    """Two files side by side.

    Parameters
    ----------
    first, second : paths.
    category : PRO.CATG of the first, or of the second; empty if there is none.
    tolerance : by which they were judged.
    units : that are in both.
    only_first, only_second : names of the units that are not.
    quality : QC1 values of the primary headers.
    reasons : why they differ, a sentence each; empty if they agree.
    """

    first: str
    second: str
    category: str
    tolerance: Tolerance
    units: tuple[UnitDifference, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    quality: tuple[QualityDifference, ...]
    reasons: tuple[str, ...]

    @property
    def agree(self) -> bool:
        """Whether they agree within tolerance."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class ProductIdentity:
    """What a product is known by when it is looked for in another folder.

    Parameters
    ----------
    path : the file.
    name : path relative to the folder.
    category : PRO.CATG; empty for a file that is no product.
    raw : names of the raw frames that it was made of.
    setup : values of the keywords that name detector, read-out and optics.
    """

    path: str
    name: str
    category: str
    raw: tuple[str, ...]
    setup: tuple[tuple[str, HeaderValue], ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two products that are meant to be the same.

    Parameters
    ----------
    first, second : the products.
    by : what they have in common, in words.
    """

    first: ProductIdentity
    second: ProductIdentity
    by: str


@dataclass(frozen=True, slots=True)
class PairComparison:
    """A pair and what became of it.

    Parameters
    ----------
    pair : the two products.
    comparison : None if they could not be read.
    problem : why they could not be read.
    """

    pair: Pair
    comparison: FileComparison | None
    problem: str = ""

    @property
    def agree(self) -> bool:
        """Whether the two agree within tolerance."""
        return self.comparison is not None and self.comparison.agree

    @property
    def reason(self) -> str:
        """Why they differ; empty if they agree."""
        if self.comparison is None:
            return self.problem
        return "; ".join(self.comparison.reasons)


@dataclass(frozen=True, slots=True)
class FolderComparison:
    """Two folders side by side.

    Parameters
    ----------
    first, second : the folders.
    tolerance : by which they were judged.
    pairs : products that are in both.
    only_first, only_second : names of the files without a counterpart.
    """

    first: str
    second: str
    tolerance: Tolerance
    pairs: tuple[PairComparison, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    @property
    def agree(self) -> bool:
        """Whether every product has a counterpart that agrees with it."""
        return not self.only_first and not self.only_second and all(p.agree for p in self.pairs)
