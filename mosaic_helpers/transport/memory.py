"""How much memory is left to this process, by the machine or by its container."""

from __future__ import annotations

from pathlib import Path

import psutil


def available_memory() -> int:
    """Bytes that can still be used: the machine's, or the control group's if fewer."""
    return min([psutil.virtual_memory().available, *_left_in_groups()])


def _left_in_groups() -> list[int]:
    """What every limit leaves that Linux control groups put on this process."""
    left = []
    root = Path("/sys/fs/cgroup")
    try:
        own = Path("/proc/self/cgroup").read_text().strip().splitlines()[-1].split(":")[2]
    except (OSError, IndexError):
        return left
    group = root / own.lstrip("/")
    pairs = [(root / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes")]
    for folder in [group, *group.parents]:
        pairs.append((folder, "memory.max", "memory.current"))
        if folder == root:
            break
    for folder, limit, used in pairs:
        try:
            left.append(int((folder / limit).read_text()) - int((folder / used).read_text()))
        except (OSError, ValueError):  # not there, or "max"
            continue
    return [max(0, bytes_left) for bytes_left in left]
