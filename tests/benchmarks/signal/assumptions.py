"""Every number of the simulated service, fixed before any result was seen.

docs/signal.md lists them.

Where somebody published a figure it is taken from there; the rest are guesses, and say so:

* Of all who start a clip 20 % are gone within 10 s, 33 % within 30 s, 44 % within 60 s (Visible
  Measures 2010, 40 million clips under five minutes, 7 billion views). With about half of all plays
  ending in disappointment, the shares of `DISAPPOINTED` give those figures.
* More than half of the clicks on music and short videos are followed by a skip (Wen, Yang, Estrin:
  Leveraging Post-click Feedback for Content Recommendations, RecSys 2019); clicks suffer from
  clickbait (Xie et al.: Reweighting Clicks with Dwell Time in Recommendation, WWW 2023). So `taste`
  and `curiosity` weigh alike when a viewer chooses. How many items are clickbait nobody seems to
  have counted: a guess, and the first thing that the sensitivity table varies.
* A playback to the end is not always a liked one (Zhao et al.: Counteracting Duration Bias in Video
  Recommendation via Counterfactual Watch Time, KDD 2024): `DISAPPOINTED` has those who watch to the
  end, and an open tab plays to the end.
* 46 % of video advertisements outside YouTube and 9 % on it were not viewable, and of those 76 %
  played in a background tab or off the screen (Google, State of Video Ad Viewability, 2015). Here
  it is under a tenth of all playbacks, and half of those count as watched for our tracker too.
* The top tenth of YouTube's videos had about 80 % of its plays (Wall Street Journal, 2006; Cha et
  al., IMC 2007). `zipf` is milder: in so small a catalogue nobody would be shown anything else.
* Likes: between one rating per 400 views (Chatzopoulou et al. 2010) and four to ten likes per 100
  views (what creators call good). Speed: most people play at normal speed (YouTube blog, 2022).
"""

from copy import replace
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self


class Course(StrEnum):
    """What somebody makes of a playback."""

    TO_THE_END = "to_the_end"
    MOST = "most"
    INTERRUPTED = "interrupted"
    WITHIN_10_S = "within_10_s"
    WITHIN_30_S = "within_30_s"
    WITHIN_60_S = "within_60_s"
    LATER = "later"
    SKIPPED_TO_THE_END = "skipped_to_the_end"


# The shares of those who like what they see, and of those who do not. The courses of `NOISE`
# mislead whoever reads them; `Assumptions.noise` multiplies them, the first course takes the rest.
SATISFIED: Final = {Course.TO_THE_END: 0.70, Course.MOST: 0.20, Course.INTERRUPTED: 0.10}
DISAPPOINTED: Final = {
    Course.WITHIN_10_S: 0.36,
    Course.WITHIN_30_S: 0.24,
    Course.WITHIN_60_S: 0.20,
    Course.LATER: 0.10,
    Course.SKIPPED_TO_THE_END: 0.07,
    Course.TO_THE_END: 0.03,
}
NOISE: Final = {
    "satisfied": frozenset({Course.INTERRUPTED}),
    "disappointed": frozenset({Course.SKIPPED_TO_THE_END, Course.TO_THE_END}),
}


@dataclass(frozen=True, slots=True)
class Assumptions:
    """A service, its items and its viewers.

    Attributes:
        viewers: How many people watch.
        items: Size of the catalogue.
        visits: Mean visits of a viewer, Poisson, at least 2.
        plays: Mean items chosen in a visit, geometric.
        clickbait: Share of items with a thumbnail better than they are.
        noise: Multiplies everything that misleads: the courses of `NOISE`, open tabs, mistakes.
        zipf: Exposure of an item is its rank to the power of minus this.
        length_spread: Standard deviation of the logarithm of an item's length.
        shelf: Items that a viewer chooses among, drawn by exposure.
        taste: What genre affinity (0..1) adds to the wish to start an item ...
        curiosity: ... and what its thumbnail does (standard deviation about 1).
        rewatch: Chance that a viewer chooses something again that was good.
        next_plays: Chance that the next item starts by itself after an end.
        nobody_there: Chance that nobody is there any more when it does.
        walks_away: Chance that somebody who chose an item leaves it running.
        unseen: Of playbacks without anybody, so many are muted in a hidden tab; the others count
            as watched for every player.
        double_speed, pauses, rewinds: Chances of each in a playback that is watched.
        likes: Chance that the satisfied press like.
        dislikes: Chance that the disappointed press dislike.
        mistakes: Chance of the wrong one of the two.
        not_interested: Chance to wave away the worst item of a shelf without watching it.
    """

    viewers: int = 200
    items: int = 300
    visits: float = 10.0
    plays: float = 3.0
    clickbait: float = 0.15
    noise: float = 1.0
    zipf: float = 0.8
    length_spread: float = 0.8
    shelf: int = 20
    taste: float = 3.0
    curiosity: float = 1.0
    rewatch: float = 0.05
    next_plays: float = 0.5
    nobody_there: float = 0.3
    walks_away: float = 0.05
    unseen: float = 0.5
    double_speed: float = 0.1
    pauses: float = 0.15
    rewinds: float = 0.08
    likes: float = 0.06
    dislikes: float = 0.03
    mistakes: float = 0.002
    not_interested: float = 0.02

    def misled(self, chance: float) -> float:
        """A chance that misleads, as strong as `noise` has it."""
        return min(1.0, chance * self.noise)

    def courses(self, *, satisfied: bool) -> dict[Course, float]:
        """The shares of the courses of those who like it or do not, with the noise applied."""
        shares = SATISFIED if satisfied else DISAPPOINTED
        misleading = NOISE["satisfied" if satisfied else "disappointed"]
        scaled = {
            course: self.misled(share) if course in misleading else share
            for course, share in shares.items()
        }
        first = next(iter(scaled))
        scaled[first] += 1.0 - sum(scaled.values())
        return scaled

    def smaller(self, viewers: int, items: int) -> Self:
        """The same service with fewer people and items."""
        return replace(self, viewers=viewers, items=items)
