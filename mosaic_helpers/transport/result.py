"""What a solver returns: an assignment, its cost, and what is proved about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ROUNDING = 1e-9  # a relative gap below this is rounding


@dataclass(frozen=True)
class Assignment:
    """Which tile goes to which cell, what it costs, and how good that is for certain.

    Attributes
    ----------
    tile : ndarray of intp, shape (m,)
        The tile of each cell.
    cost : float
        Sum over the cells of the squared distance of features to those of the tile.
    lower_bound : float
        No assignment costs less. 0.0 if none was computed.
    max_uses : int
        How often a tile may be used.
    seconds : float
        How long it took.
    status : {"optimal", "interrupted", "approximate"}
        Whether the cost is proved to be the least.
    tile_potential : ndarray of float64, shape (n,), or None
        The potentials u that prove the bound: give them to `lower_bound` to check it. None
        of them is above zero, unless `min_uses` is 1.
    cell_potential : ndarray of float64, shape (m,), or None
        The potentials of the cells, vⱼ = minᵢ (cᵢⱼ − uᵢ).
    min_uses : int
        How often every tile must be used, 0 or 1.
    """

    tile: np.ndarray
    cost: float
    lower_bound: float
    max_uses: int
    seconds: float
    status: str = "approximate"
    tile_potential: np.ndarray | None = None
    cell_potential: np.ndarray | None = None
    min_uses: int = 0

    @property
    def gap(self) -> float:
        """How far the cost may be above the optimum, relative to the lower bound."""
        return relative_gap(self.cost, self.lower_bound)


def relative_gap(cost: float, bound: float) -> float:
    """(cost − bound) / bound; 0.0 when that is rounding, infinite when the bound is 0."""
    if cost - bound <= ROUNDING * cost:
        return 0.0
    return (cost - bound) / bound if bound > 0 else float("inf")
