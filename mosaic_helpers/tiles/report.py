"""What to say about the files that make no tile: few sentences, what can be mended first."""

import re
from collections import Counter, defaultdict

from ..errors import printable
from ..photos.find import CLOUD, describe_left_out

_EXAMPLES = 3  # names in a sentence
_PLURALS = {"sound": "sound files", "file of data": "data files"}
_DUPLICATES = "they are exact duplicates of others"


def summarize_skipped(skipped, left_out=()):
    """Say in sentences which photos make no tile and why, and how many files are no photos.

    Parameters
    ----------
    skipped : list of (name, reason)
        As `TileSet.skipped` has them.
    left_out : mapping of str to int, optional
        As the ``left_out`` of `list_photos` has it.

    Returns
    -------
    list of str
        First what can be mended, that is, has a remedy in its reason.
    """
    groups, left_out = defaultdict(list), Counter(left_out)
    for name, reason in skipped:
        other = re.fullmatch(r"it is (?:an? )?([\w ]+), not a picture", reason)
        if other:
            left_out[_PLURALS.get(other[1], f"{other[1]}s")] += 1
        elif "in the cloud" in reason:
            left_out[CLOUD] += 1
        else:
            groups[_general(reason)].append((name, reason))

    def urgency(group):
        general, members = group
        return general == _DUPLICATES, not re.search("[:;]", general), -len(members)

    found = [_sentence(*group) for group in sorted(groups.items(), key=urgency)]
    mendable, others = describe_left_out(left_out)
    return [printable(sentence) for sentence in mendable + found + others]


def _general(reason):
    """A reason without what holds of one photo alone."""
    if "duplicate of '" in reason:
        return _DUPLICATES
    return re.sub(r" \([^()]*\)", "", re.sub(r"'.*'|\d[\d,.]*", "…", reason))


def _sentence(general, members):
    reasons = {reason for _, reason in members}
    reason = general if len(reasons) > 1 else reasons.pop()
    names = ", ".join(f"'{name}'" for name, _ in members[:_EXAMPLES])
    more = ", …" if len(members) > _EXAMPLES else ""
    return f"{len(members):,} skipped: {reason} ({names}{more})."
