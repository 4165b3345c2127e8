"""The last screen: what a newcomer should have seen."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from ingestion.domain.conservation import End
from ingestion.domain.playback import EventType
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from local.demo.account import Account, Check, KindAccount
from local.demo.conservation import Conservation
from local.demo.evening import Evening
from local.demo.fates import Fate, Rules
from local.demo.foreign_account import TellingAccount
from local.demo.ratings import Film
from local.demo.story import Replay, Story
from local.demo.taste import Discovery, share_of


def report(story: Story) -> Group:
    """Give the whole report."""
    return Group(*_parts(story))


def _parts(story: Story) -> Iterator[RenderableType]:
    yield Text()
    yield fates_table(story.account)
    yield Text()
    yield kinds_table(story.account)
    yield Text()
    yield tellings_table(story.account)
    yield comments_line(story.account)
    yield Text()
    yield personalize_lines(story)
    yield Text()
    yield from evening_parts(story.evening)
    yield Text()
    yield replay_line(story.replay)
    yield conservation_lines(story.conservation)
    if story.sent_again:
        yield Text(f"Refused at first and sent again: {_number(story.sent_again)} messages.")
    yield from map(_failed_line, _failed(story.account))
    yield Text()
    yield verdict_line(story)
    yield next_steps()


def fates_table(account: Account) -> Table:
    """Show every message by what became of it."""
    table = _table("What became of the messages")
    table.show_header = False
    table.add_column("")
    table.add_column("", justify="right")
    table.add_row("sent to Kinesis and SQS", _number(account.sent))
    table.add_row("received and archived", _number(account.received), end_section=True)
    for fate, count in account.fates.items():
        if count or fate is not Fate.UNEXPLAINED:
            table.add_row(f"  {fate}", _number(count))
    table.add_section()
    table.add_row("together", _number(sum(account.fates.values())), style="bold")
    return table


def kinds_table(account: Account) -> Table:
    """Show for which reason each kind of broken or foreign message was rejected."""
    by_reason: defaultdict[str, list[KindAccount]] = defaultdict(list)
    for kind in account.kinds:
        for reason in sorted({reason for reason, _ in kind.found}) or ["NOT REJECTED"]:
            by_reason[reason].append(kind)
    table = _table("What was made of broken, foreign and misdirected messages")
    table.add_column("Rejected as")
    table.add_column("", justify="right")
    table.add_column("What arrived")
    for reason, kinds in by_reason.items():
        count = sum(n for kind in kinds for (each, _), n in kind.found.items() if each == reason)
        names = " · ".join(kind.name for kind in kinds)
        table.add_row(reason, _number(count), names, style="" if count else "bold red")
    return table


def tellings_table(account: Account) -> Table:
    """Show what became of each way in which foreign players, and carriers, tell of playbacks."""
    table = Table(box=None, pad_edge=False)
    table.add_column("Understood")
    table.add_column("records", justify="right")
    table.add_column("moments", justify="right")
    table.add_column("What they earned, as their native twins would have")
    for telling in account.tellings:
        style = "" if telling.found == telling.expected else "bold red"
        counts = (_number(telling.records), _number(telling.moments))
        table.add_row(telling.name, *counts, _earned(telling), style=style)
    return table


def _earned(telling: TellingAccount) -> str:
    by_type = ", ".join(
        f"{telling.by_type[each]} {each}" for each in EventType if each in telling.by_type
    )
    is_other = bool(telling.others) and not telling.moments
    return by_type or ("nothing: not of a playback, and no fault" if is_other else "nothing")


_ENDS: Final = {
    Fate.INTERACTION: "Like",
    Fate.VERDICT: "verdict",
    Fate.NEUTRAL: "nothing",
    Fate.OVERTAKEN: "overtaken",
}


def comments_line(account: Account) -> Text:
    """Say how the comments were read."""
    read = sorted(account.comments.items(), key=lambda each: (-each[1], each[0]))
    told = " · ".join(f"{n} {label} → {_ENDS.get(fate, fate)}" for (label, fate), n in read)
    return Text(f"Comments, as read: {told or 'none'}")


def personalize_lines(story: Story) -> Text:
    """Say what Personalize got for it."""
    account, counters = story.account, story.account.counters
    by_type = ", ".join(f"{n:,} {name}" for name, n in sorted(account.interactions.items()))
    events_a_call = counters.received / max(1, counters.calls)
    return Text.from_markup(
        f"[bold]Amazon Personalize[/bold] got {_number(counters.received)} interactions"
        f" ({by_type}) in {_number(counters.calls)} PutEvents calls, {events_a_call:.1f} a call;"
        f" {_number(account.fates[Fate.HEARTBEAT])} heartbeats cost nothing."
        f" It ignored {_number(counters.repeated)} that it knew.\n"
        f"It can train on {_number(story.to_train_on)};"
        f" the other {_number(counters.recorded - story.to_train_on)} are of guests"
        " who have not signed in."
    ).append(f"\n{event_types(story.rules)}", "dim")


def event_types(rules: Rules) -> str:
    """Say what the event types stand for, with the thresholds in force."""
    playback = rules.playback
    return (
        f"Click: a film began. Watch: {playback.watch_ratio:.0%} of it was played, or"
        f" {playback.watch_cap_s:.0f} s. Complete: {playback.complete_ratio:.0%} was.\n"
        "Like: a like, a high rating or a glad comment."
    )


def evening_parts(evening: Evening | None) -> Iterator[RenderableType]:
    """Show who watched what, and the recommendations before and after."""
    if evening is None:
        yield Text("No viewer of this data set has a genre to discover, so nothing is compared.")
        return
    yield discovery_lines(evening.discovery)
    yield evening_table(evening)


def discovery_lines(discovery: Discovery) -> Text:
    """Say who discovers which genre, and with which films."""
    person, genre = discovery.candidate.person, discovery.genre
    count = sum(genre in film.genres for film in person.films)
    films = " · ".join(film.title for film in discovery.films)
    return Text.from_markup(
        f"[bold]What three films change.[/bold] {discovery.of_catalogue:.0%} of all films are"
        f" {genre}; of the {len(person.films)} that viewer {person.person_id} watched,"
        f" {count or 'none'}.\nNow the viewer watches these to the end; nothing is trained again:"
    ).append(f"\n  {films}")


def evening_table(evening: Evening) -> Table:
    """Show the recommendations before and after, without a training in between."""
    discovery = evening.discovery
    genre, before = discovery.genre, discovery.candidate.shown
    table = Table(box=None, pad_edge=False, expand=True, padding=(0, 3, 0, 0))
    for when, shown in (("before", before), ("afterwards", evening.after)):
        title = f"Recommended {when}: {share_of(genre, shown):.0%} {genre} (*)"
        table.add_column(title, no_wrap=True, overflow="ellipsis", ratio=1)
    for pair in zip_longest(before, evening.after):
        table.add_row(*(_film(film, genre) if film else "" for film in pair))
    return table


def replay_line(replay: Replay) -> Text:
    """Say what the second replay changed."""
    change = replay.after - replay.before
    return Text.from_markup(
        f"[bold]The same day, sent once more:[/bold] Personalize knew {_number(replay.repeated)}"
        " interactions and ignored them.\n"
        f"Interactions to train on: {_number(replay.before)} before,"
        f" {_number(replay.after)} after ({change:+,})."
    )


def conservation_lines(conservation: Conservation) -> Text:
    """Say where all that ever arrived ended, as the archive alone shows it."""
    compared = conservation.comparison
    ends = [
        f"{_number(conservation.ends.get(end, 0))} {end.replace('_', ' ')}"
        for end in End
        if conservation.ends.get(end, 0) or end is End.UNEXPLAINED
    ]
    held = compared.sent - len(compared.missing)
    return Text.from_markup(
        f"[bold]By the archive alone[/bold], {_number(conservation.received)} messages received ="
        f" {' + '.join(ends)}.\nOf {_number(compared.sent)} interactions to send Personalize holds"
        f" {_number(held)}, and {_number(compared.surplus)} that nobody sent."
    )


def verdict_line(story: Story) -> Text:
    """Say whether it all adds up."""
    if story.adds_up:
        return Text("It adds up: nothing lost, nothing counted twice.", style="bold green")
    return Text("IT DOES NOT ADD UP. See the lines above.", style="bold red")


def next_steps() -> Text:
    """Say where to go from here."""
    return Text(
        "Everything has been stopped. `make up` starts the same stack and keeps it open, with"
        " commands to look into it; docs/demo.md says how the day is made, and how to use"
        " your own ratings.",
        style="dim",
    )


def _failed(account: Account) -> Sequence[Check]:
    return [check for check in account.checks if not check.holds]


def _failed_line(check: Check) -> Text:
    text = f"{check.name}: expected {check.expected:,}, found {check.found:,}"
    return Text(text, style="bold red")


def _film(film: Film, genre: str) -> Text:
    is_of_genre = genre in film.genres
    title = Text(f"{'*' if is_of_genre else ' '} {film.title}  ", "bold" if is_of_genre else "")
    return title.append("|".join(film.genres), "dim")


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)


def _number(count: int) -> str:
    return f"{count:,}"
