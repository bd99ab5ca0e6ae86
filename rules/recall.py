"""What each rule had before it: pictures that it judged, and road users that came to where it judges."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from rules.facts.facts import Facts

JUDGED = "judged"  # pictures that no interlock kept from the rule
SEEN = "seen"  # road users at the rule's zones and lines, each track once

_MOST_KNOWN = 512


class RecallCounts:
    """Counts what one camera's rules had before them: a rule that found nothing need not be one that saw nobody.

    Args:
        rules: every rule that runs, by name.
        places: zones and lines by rule; a rule that does not judge facts of places is not here, and its road users
            are not counted: unknown, not none.
    """

    def __init__(self, rules: Iterable[str], places: Mapping[str, frozenset[str]]) -> None:
        self._rules = frozenset(rules)
        self._rules_at: defaultdict[str, list[str]] = defaultdict(list)
        for rule, ids in places.items():
            for place_id in ids:
                self._rules_at[place_id].append(rule)
        self._known: dict[str, set[int]] = {rule: set() for rule in places}
        self._counts: Counter[tuple[str, str]] = Counter()

    @property
    def counts(self) -> Mapping[tuple[str, str], int]:
        """By (rule, ``JUDGED`` or ``SEEN``); only grows."""
        return dict(sorted(self._counts.items()))

    def see(self, facts: Facts) -> None:
        """Take in what is known after a picture that is judged."""
        for rule in self._rules:
            self._counts[rule, JUDGED] += 1
        self.see_last(facts)

    def see_last(self, facts: Facts) -> None:
        """Take in what became known with the end of the stream; no picture came."""
        here: defaultdict[str, set[int]] = defaultdict(set)
        for crossing in facts.crossings:
            here[crossing.line_id].add(crossing.user.track.track_id)
        for visit in facts.visits:
            here[visit.zone_id].add(visit.user.track.track_id)
        for measures, line in facts.stop_lines.items():
            here[measures.line].update(track_id for each in line.clear for track_id in each.passage.track_ids[-1:])
        for place_id, track_ids in here.items():
            for rule in self._rules_at.get(place_id, ()):
                known = self._known[rule]
                new = track_ids - known
                self._counts[rule, SEEN] += len(new)
                known |= new
                if len(known) > _MOST_KNOWN:
                    known &= {user.track.track_id for user in facts.users}
