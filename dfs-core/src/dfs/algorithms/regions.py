"""Areas of a detector output: prescan, light-sensitive pixels, overscan."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Areas", "Region", "areas_along_x", "areas_along_y"]


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of pixels; index an array with ``region.slices``.

    Parameters
    ----------
    y, x : rows and columns, counted from zero, with start and stop, step one.
    """

    y: slice
    x: slice

    @classmethod
    def of(cls, y_start: int, y_stop: int, x_start: int, x_stop: int) -> Region:
        """Make a region from its bounds, counted from zero, the last ones excluded."""
        return cls(slice(y_start, y_stop), slice(x_start, x_stop))

    @property
    def slices(self) -> tuple[slice, slice]:
        """The index of the region in an array of shape (ny, nx)."""
        return self.y, self.x

    @property
    def shape(self) -> tuple[int, int]:
        """(ny, nx) of the region."""
        return self.y.stop - self.y.start, self.x.stop - self.x.start

    def check_within(self, shape: tuple[int, ...]) -> None:
        """Make sure that the region has pixels, all of them within an image.

        Raises
        ------
        ValueError
            It has none, or reaches beyond.
        """
        for side, length, axis in ((self.y, shape[-2], "y"), (self.x, shape[-1], "x")):
            if not 0 <= side.start < side.stop <= length:
                raise ValueError(
                    f"region {axis} = {side.start}…{side.stop} is not within 0…{length}"
                )


@dataclass(frozen=True, slots=True)
class Areas:
    """The areas of one detector output; None where it has no such pixels."""

    data: Region
    prescan: Region | None
    overscan: Region | None


def areas_along_x(
    shape: tuple[int, ...], *, prescan: int, overscan: int, binning: int = 1
) -> Areas:
    """Part an output whose prescan lies left and whose overscan lies right.

    Parameters
    ----------
    shape : (ny, nx) of the frame as read.
    prescan, overscan : widths in *unbinned* pixels, as headers give them.
    binning : pixels binned along x; the widths on the frame are whole binned
        pixels, a pixel that mixes both kinds counts as scan.

    Raises
    ------
    ValueError
        Nothing is left for data.
    """
    ny, nx = shape
    first, last = _data_between(nx, prescan, overscan, binning, "columns")
    return Areas(
        data=Region.of(0, ny, first, last),
        prescan=Region.of(0, ny, 0, first) if first else None,
        overscan=Region.of(0, ny, last, nx) if last < nx else None,
    )


def areas_along_y(
    shape: tuple[int, ...], *, prescan: int, overscan: int, binning: int = 1
) -> Areas:
    """Part an output whose prescan rows are read first and whose overscan rows last.

    Parameters
    ----------
    shape : (ny, nx) of the frame as read.
    prescan, overscan : heights in *unbinned* pixels; where headers give binned rows
        leave ``binning`` at one.
    binning : pixels binned along y, as for :func:`areas_along_x`.

    Raises
    ------
    ValueError
        Nothing is left for data.
    """
    ny, nx = shape
    first, last = _data_between(ny, prescan, overscan, binning, "rows")
    return Areas(
        data=Region.of(first, last, 0, nx),
        prescan=Region.of(0, first, 0, nx) if first else None,
        overscan=Region.of(last, ny, 0, nx) if last < ny else None,
    )


def _data_between(
    length: int, prescan: int, overscan: int, binning: int, what: str
) -> tuple[int, int]:
    """Give where the data begin and end on an axis of so many binned pixels."""
    before, after = -(-prescan // binning), -(-overscan // binning)
    if min(before, after) < 0 or before + after >= length:
        raise ValueError(f"prescan {before} and overscan {after} leave no data of {length} {what}")
    return before, length - after
