"""Where the orders lie: the polynomial of an order table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial.polynomial import polyval2d
from numpy.typing import NDArray

from dfs.algorithms.tables import read_table
from dfs.plugin import UnprocessableData

_POSITIONS, _POLYNOMIAL = 1, 2
"""Units of an order table: the positions that were measured, the polynomial through them."""
_SHIFTS_AND_SCALES = 6


@dataclass(frozen=True, slots=True, eq=False)
class OrderTrace:
    """The centre lines of all orders, a polynomial of column and order number.

    Parameters
    ----------
    coefficients : (degree in x + 1, degree in order + 1).
    shift, scale : of y, x and order, so that y = shift + scale · p((x - shift) / scale, …).
    first, last : relative numbers of the outermost orders.
    """

    coefficients: NDArray[np.float64]
    shift: tuple[float, float, float]
    scale: tuple[float, float, float]
    first: int
    last: int

    @classmethod
    def read(cls, path: str) -> OrderTrace:
        """Read an ORDER_TABLE.

        Raises
        ------
        UnprocessableData
            The file is none.
        """
        positions, polynomial = read_table(path, _POSITIONS), read_table(path, _POLYNOMIAL)
        try:
            orders = positions["Order"]
            power_x, power_order = polynomial["Order1"], polynomial["Order2"]
            values = polynomial["Coeff"]
        except KeyError as error:
            raise UnprocessableData(f"{path}: an order table has a column {error}") from error
        # Rows of a negative power are no coefficients but shifts, then scales.
        terms = power_x >= 0
        numbers = [float(number) for number in values[~terms]]
        if len(numbers) != _SHIFTS_AND_SCALES or not terms.any() or not len(orders):
            raise UnprocessableData(f"{path}: this is no order table with a polynomial")
        coefficients = np.zeros((power_x.max() + 1, power_order.max() + 1))
        coefficients[power_x[terms], power_order[terms]] = values[terms]
        y, x, order, *scale = numbers
        return cls(
            coefficients,
            (y, x, order),
            (scale[0], scale[1], scale[2]),
            int(orders.min()),
            int(orders.max()),
        )

    def rows(
        self, columns: NDArray[np.float64], orders: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Give the row of each order in each column, (orders, columns); all counted from zero."""
        x = (columns + 1.0 - self.shift[1]) / self.scale[1]
        number = (orders[:, np.newaxis] - self.shift[2]) / self.scale[2]
        x, number = np.broadcast_arrays(x, number)
        value = polyval2d(x, number, self.coefficients)
        return np.asarray(self.shift[0] + self.scale[0] * value - 1.0)

    def between(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the lines midway between neighbours, (lines, columns), and those outside all."""
        orders = np.arange(self.first - 1.0, self.last + 2.0)
        rows = self.rows(columns, orders)
        return (rows[:-1] + rows[1:]) / 2
