"""What a solver will take, told before it starts.

The constants are fitted to what `tests/benchmarks/bench_transport.py` measured on colours
of photographs, on two cores of a shared server; the benchmark prints forecast and
measurement side by side. Expect to be within a factor of about 2 to 3 in time, where the
colours matter as much as their number, and not to need more memory than said.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import MosaicError
from .memory import available_memory
from .requests import least_uses

SMALL = 1 << 20  # pairs up to which the whole table is the quickest exact way
TABLE_BYTES = 48  # per pair, of what the dense solver holds: costs, plan, arcs, flows
TABLE_SECONDS = 6e-7  # per pair; 36 to 105 s were measured for 10,000 × 10,000
PAIR_SECONDS = 2e-8  # per pair of column generation: 2 s for 10,000 × 6,700 in 3-D
TIGHT = 1.6  # how much longer it takes if no use of a tile is left over
POINT_BYTES = 8_000  # per tile and cell; 265 MB in all were measured for 20,000 × 20,000
STEADY_BYTES = 60e6  # the blocks of pairs in hand, and a table of SMALL pairs
STEADY_SECONDS = 0.3  # the sample, and the first plan


@dataclass(frozen=True)
class Forecast:
    """What solving will take, roughly.

    Attributes
    ----------
    seconds : float
        Time, within a factor of about 2 to 3.
    bytes : int
        Memory at its peak, above what the data take.
    """

    seconds: float
    bytes: int

    def __str__(self) -> str:
        return f"about {self.seconds:.2g} s and {self.bytes / 1e6:,.0f} MB"


def _table(n: int, m: int) -> Forecast:
    """What the whole table of costs takes."""
    pairs = n * (m + 1)
    return Forecast(0.01 + TABLE_SECONDS * pairs, TABLE_BYTES * pairs)


def _columns(n: int, m: int, d: int, tight: bool) -> Forecast:
    """What column generation takes; it hands small problems to the table."""
    pairs = n * m
    points = (n + m) * (POINT_BYTES + 48 * d)
    if pairs <= SMALL:
        return Forecast(_table(n, m).seconds, int(STEADY_BYTES + points))
    each = PAIR_SECONDS * (1 + d / 48) * (TIGHT if tight else 1.0)
    return Forecast(STEADY_SECONDS + each * pairs, int(STEADY_BYTES + points))


def check_table(n: int, m: int) -> None:
    """Refuse a table that does not fit the memory, naming what would do."""
    needed, there = _table(n, m).bytes, available_memory()
    if needed > there:
        raise MosaicError(
            f"The table of {n:,} tiles and {m:,} cells takes about {needed / 1e9:.1f} GB to "
            f"solve and {there / 1e9:.1f} GB are free: solve_exact gives the same answer "
            "without the table."
        )


def forecast(
    n: int, m: int, d: int, max_uses: int | None = None, *, method: str = "exact"
) -> Forecast:
    """Say roughly what n tiles and m cells of d features will take to solve.

    Parameters
    ----------
    n, m, d : int
    max_uses : int, optional
    method : {"exact", "textbook"}

    Returns
    -------
    Forecast
        Seconds (within a factor of about 2 to 3) and bytes.
    """
    if method == "textbook":
        return _table(n, m)
    return _columns(n, m, d, n * (max_uses or least_uses(n, m)) == m)
