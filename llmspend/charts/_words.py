"""What a chart of spend says in words: title, subtitle, description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmspend.text import usd, whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from llmspend.charts._members import Member
    from llmspend.charts._periods import SpendByPeriod

_LEADS: Final = 0.5
_TWO_LEAD: Final = 0.75
_MUCH: Final = 0.1
_NEARLY_ALL: Final = 0.995
_NEARLY_NOTHING: Final = 0.005


def noun(by: str, *, plural: bool = False) -> str:
    """Write the name of a dimension.

    Parameters
    ----------
    by
        The dimension.
    plural
        Whether there are several.

    Returns
    -------
    str
        In words.

    Examples
    --------
    >>> noun("end_user"), noun("end_user", plural=True), noun("status", plural=True)
    ('end user', 'end users', 'statuses')
    """
    word = by.replace("_", " ")
    if not plural:
        return word
    return f"{word}es" if word.endswith("s") else f"{word}s"


def percent(share: float) -> str:
    """Write a share without rounding it to nothing or to everything.

    Parameters
    ----------
    share
        From 0 to 1.

    Returns
    -------
    str
        In whole percent.

    Examples
    --------
    >>> percent(0.599), percent(0.999), percent(1.0), percent(0.0001)
    ('60%', 'more than 99%', '100%', 'less than 1%')
    """
    if _NEARLY_ALL <= share < 1:
        return "more than 99%"
    if 0 < share < _NEARLY_NOTHING:
        return "less than 1%"
    return f"{share:.0%}"


def title(spend: SpendByPeriod, members: Sequence[Member], by: str) -> str:
    """State what the chart shows.

    Parameters
    ----------
    spend
        What is drawn.
    members
        Whose spend, as `fold` gives them.
    by
        The dimension.

    Returns
    -------
    str
        Who has half of the spend, or which two have three quarters, if so; else what is drawn.
    """
    plain = f"{spend.interval.adjective} spend by {noun(by)}"
    if not members or any(m.spend < 0 for m in members):
        return plain  # of sums with credits in them, shares make no sense
    named = [m for m in members if not m.is_other]
    total = sum(m.spend for m in members)
    of_spend = f"of the {'priced ' if _unpriced_share(spend) >= _MUCH else ''}spend"
    first = named[0]
    if first.spend >= _LEADS * total:
        share = "all" if len(members) == 1 else percent(first.spend / total)
        if first.is_none:
            return f"{share} {of_spend} has no {noun(by)}".capitalize()
        return f"{first.label} is {share} {of_spend}"
    two = sum(m.spend for m in named[:2]) / total
    if two >= _TWO_LEAD and not any(m.is_none for m in named[:2]):
        return f"{named[0].label} and {named[1].label} are {percent(two)} {of_spend}"
    return plain


def subtitle(spend: SpendByPeriod, members: Sequence[Member], by: str) -> list[str]:
    """State the scope, in one line or two.

    Parameters
    ----------
    spend, members, by
        As for `title`.

    Returns
    -------
    list of str
        Total, dates, zone and how many members; and what could not be priced, if anything.
    """
    covered = spend.covered()
    if covered is None:
        return ["There are no requests to show."]
    zone = f" ({spend.zone})" if spend.zone else ""
    when = f"{dates(*covered)}{zone}"
    if members:
        parts = [f"{usd(sum(m.spend for m in members))} in all, {when}"]
        parts += _scope(spend, members, by)
    else:
        parts = [f"{_requests(spend.total('requests'))}, {when}"]
    share = _unpriced_share(spend)
    if not share:
        return ["; ".join(parts)]
    unpriced = _requests(spend.total("unpriced_requests"))
    return [
        "; ".join(parts),
        f"Not counting {unpriced} ({percent(share)}) that could not be priced",
    ]


def _unpriced_share(spend: SpendByPeriod) -> float:
    unpriced = float(spend.total("unpriced_requests"))
    return unpriced and unpriced / max(spend.total("requests"), unpriced)


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{whole(count)} requests"


def _scope(spend: SpendByPeriod, members: Sequence[Member], by: str) -> list[str]:
    named = [m for m in members if not m.is_other]
    if len(named) == len(members):
        return []
    everyone = spend.rows.filter(spend.rows["spend"] != 0)["member"].n_unique()
    return [f"top {len(named)} of {everyone} {noun(by, plural=True)}"]


def dates(first: datetime, last: datetime) -> str:
    """Write a span of days.

    Parameters
    ----------
    first, last
        Moments on the first and the last day.

    Returns
    -------
    str
        In English, whatever the locale of the process.

    Examples
    --------
    >>> from datetime import datetime
    >>> dates(datetime(2026, 5, 4), datetime(2026, 6, 25, 13))
    'May 4 to Jun 25, 2026'
    >>> dates(datetime(2026, 5, 4), datetime(2026, 5, 4, 13))
    'May 4, 2026'
    """
    if first.date() == last.date():
        return f"{_day(last)}, {last.year}"
    year = f", {first.year}" if first.year != last.year else ""
    return f"{_day(first)}{year} to {_day(last)}, {last.year}"


_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905


def _day(moment: datetime) -> str:
    return f"{_MONTHS[moment.month - 1]} {moment.day}"


def description(headline: str, lines: Sequence[str], members: Sequence[Member]) -> str:
    """Write the chart for those who do not see it.

    Parameters
    ----------
    headline, lines
        Title and subtitle.
    members
        Whose spend.

    Returns
    -------
    str
        Both, and the spend of each member.
    """
    each = ", ".join(f"{m.label} {usd(m.spend)}" for m in members)
    return ". ".join([headline, *lines, *([f"Stacked bars: {each}"] if each else [])]) + "."
