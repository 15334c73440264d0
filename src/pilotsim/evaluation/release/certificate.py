"""The certificate of a release: what is guaranteed of everything printed, and what is not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReleaseCertificate:
    """What the gate guarantees of a release.

    For each count of clients from 1 to below `least` that stands behind a number of the release, a
    reader who has everything that is printed, knows these rules and knows the size of each arm
    finds at least `least` counts that fit all of it. It has no number of such counts, nor of those
    that are hidden: both follow from the counts themselves, and would tell of them.

    Parameters
    ----------
    least : int
        The smallest count that may be shown, apart from 0.
    allowed_by_owner : bool
        Whether that is lower than usual because the owner of the data allows it.
    rounded, coarse, withheld : tuple of str
        The answers that are rounded, coarse, and not shown, by name.
    contrasts : tuple of str
        The answers about a subgroup that are not compared with the others, by name.
    earlier : int
        Earlier releases of the same register that this one was held against.
    """

    least: int
    allowed_by_owner: bool = False
    rounded: tuple[str, ...] = ()
    coarse: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    contrasts: tuple[str, ...] = ()
    earlier: int = 0
