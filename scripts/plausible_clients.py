#!/usr/bin/env python3
"""What clients of the shipped pico-laser would hear, were they as the mix below says.

    .venv/bin/python scripts/plausible_clients.py
    .venv/bin/python scripts/plausible_clients.py --clients 500 --seed 7 --rulesets my-rulesets

Prints the mix, and what comes of it: how many hear only that a clinician looks, beside what that may be at
most; verdicts by concern; each referral, its share and how often it is the only reason; how many ranges a
longest course cuts, and how wide ranges are. The same seed draws the same clients.

The mix is our judgement and no clinic's figures, and answers go together by chance. So the clients show where
a ruleset sends many people to a clinician for one reason, and prove nothing.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, cycle
from math import exp
from pathlib import Path
from statistics import NormalDist, median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from schemas.language import VERDICTS  # noqa: E402 - the checkout must be on the path first
from service.serving.evaluate import Answering  # noqa: E402
from service.serving.refused import Refused  # noqa: E402
from service.store.folders import read_shelf, shipped  # noqa: E402
from service.store.snapshot import take_snapshot  # noqa: E402

RULESET = "pico-laser"
DAY = "2026-12-01"
Answers = dict[str, Any]
Weights = Mapping[str, float]

MIX = """\
concern: solar_lentigo 15, freckles 6.5, lentigo_simplex 1, cafe_au_lait 4, nevus_of_ota 3.5, abnom_hori 4,
  drug_pigment 0.5, post_inflammatory_hyperpigmentation 7.5, lip_pigmentation_spots 0.7,
  lip_pigmentation_even 0.5, melasma 13, acne_scar 13.5, scar_atrophic 1.2, pores_fine_lines 9.5, striae 3.5,
  tattoo 12, cosmetic_tattoo 2.7, mole 0.4, other_dermal 1, becker_naevus 0.2, riehl_lpp 0.2,
  dark_circles 0.4, naevus_spilus 0.1
phototype: I 5, II 22, III 32, IV 23, V 12, VI 6
severity: mild 35, moderate 44, severe 21
goal: some 15, clear 51, nearly_all 22, complete 12
device: picosure 20, picosure-755 2, picosure-three 3, picoway 28, picoway-flat 2, picoway-basic 1,
  discovery-pico 10, discovery-pico-plus 4, picoplus 10, picocare-majesty 10, picolo 1, enlighten 1,
  enlighten-iii 1.5, pico-ndyag 0.5, pico-ndyag-fractional 2, pico-1064 1, pico-532 0.3, qs-ndyag 1.7,
  qs-alex 0.7, qs-ruby 0.3
border: irregular 50, smooth 50
how_many: few 85, many 15
tattoo_made: amateur 15, professional 83.5, explosive 0.5, injury 1
kd_location: head_neck 5, upper_trunk 25, lower_trunk 10, proximal_extremity 30, distal_extremity 30
kd_ink: amateur 5, minimal 35, moderate 42, significant 18
kd_scarring: none 60, minimal 25, moderate 12, significant 3
kd_layering: absent 90, present 10
bleaching: no 96, prescribed 3, unknown_product 1
near_eye: no 89, around 10, eyelid 1
sessions_done: 0 60, 1 15, 2 9, 3 6, 4 4, 5 2.5, 6 1.5, 7 1, 8 1
any of inks: black 60, black+red 12, black+blue 5, black+green 4, black+blue+green+red+yellow 8, red 3,
  blue 2, green 1, black+purple 2, black+red+orange+yellow 2, black+pale 1
any of cosmetic inks: black 40, brown 35, black+brown 10, brown+red 8, orange 3, brown+pale 4
each of light_risk: medicine 1.5, seizures 0.3, lupus 0.3
each of recent_procedure: peel 1.5, filler 1.5, toxin 2
each of healing_risk: keloid 2, poor_healing 0.8, weak_immunity 0.8, diabetes_1 0.4, diabetes_2 2.5,
  thinner 2.5
each of reactions: pih 6, rebound 0.5, hypopigmentation 1, scar 0.3, blister 0.8, infection 0.4
yes to: cafe_six_or_more 3, ice_pick_dominant 11, acne_active 20, scar_under_1y 15, scar_raised 5,
  tattoo_over_30_cm2 40, smoker 25, sensitivity 15, pih_history 12, topical_3m 56, gold_therapy 0.2,
  suspicious_lesion 0.8, pregnant_or_nursing 2, infection_or_wound 1.5, labial_herpes 3, isotretinoin_6m 1.5,
  recent_tan 6, self_tanner_4w 2, skin_disease_active 1.5, vitiligo 0.8, ink_allergy 1.5
others: under_18 3, scored 35, worse 3, stalled 5
"""
"""How many of 100 clients answer so, of those who are asked. ``scored``: tattoos with all Kirby-Desai
answers, of which the colours follow from the inks. ``worse`` and ``stalled``: under way, over the last two
sessions."""
GAINS: Weights = {
    "melasma": 9,
    "acne_scar": 6,
    "pores_fine_lines": 7,
    "striae": 8,
    "scar_atrophic": 15,
    "lip_pigmentation_even": 10,
}
"""Points of percent that a session adds; for other concerns it clears a share of what is left."""
OWN, EACH, STALLED = 0.33, 0.4, 0.2
"""A session clears, or adds, what the first plan counts on times a factor of the client's own and one of the
session: half of the first lie between 0.8 and 1.25, half of the second between 0.76 and 1.31; where it has
stalled, a fifth of that. Nobody has had more sessions than one above what his first plan says."""

_NOT = (
    *("gold_therapy", "suspicious_lesion", "pregnant_or_nursing", "infection_or_wound", "labial_herpes"),
    *("isotretinoin_6m", "recent_tan", "self_tanner_4w", "skin_disease_active", "vitiligo", "ink_allergy"),
)
_NONE = ("light_risk", "recent_procedure", "healing_risk")
MOST_CLEAN, MOST_OF_ALL = 15, 35
"""In percent: who may hear at most only that a clinician looks."""


@dataclass(frozen=True)
class Heard:
    """A client, and what he hears."""

    client: Answers
    answer: dict[str, Any]

    @property
    def clean_first_visit(self) -> bool:
        """A clean adult of types I to IV before the first session."""
        told = self.client
        return (
            not told["sessions_done"]
            and told["age"] >= 18
            and told["phototype"] in ("I", "II", "III", "IV")
            and told["near_eye"] != "eyelid"
            and told["bleaching"] == "no"
            and not any(told.get(name) for name in (*_NOT, *_NONE))
        )

    @property
    def only_a_clinician(self) -> bool:
        """Whether the verdict is that a clinician looks."""
        return bool(self.answer["verdict"] == "clinician_review")

    @property
    def referrals(self) -> tuple[str, ...]:
        """The rules that refer him, each once; of built-in reasons the text."""
        return tuple(dict.fromkeys(one["rule"] or one["text"] for one in self.answer["referrals"]))


def opened(folder: Path) -> Answering:
    """The ruleset of the folder, ready to answer."""
    return Answering(take_snapshot(read_shelf(folder, only=RULESET)))


class Clients:
    """Draws so many clients and asks the ruleset about them.

    Each question is answered by as many of them as the mix says, to a client. Who they are is left to chance.
    """

    def __init__(self, answering: Answering, count: int, seed: int) -> None:
        self._answering = answering
        self._count, self._seed = count, seed
        self._decks: dict[str, Iterator[float]] = {}
        self._mix = read_mix(MIX)

    def heard(self) -> Iterator[Heard]:
        """The clients, one after the other."""
        for _ in range(self._count):
            first = self._heard(self._drawn())
            yield self._heard(self._under_way(first)) if first.client["sessions_done"] else first

    def _heard(self, client: Answers) -> Heard:
        """What the client hears; answers that the ruleset does not ask of him are left out."""
        while True:
            answered = self._answering.evaluate({"ruleset": RULESET, "assessment": client, "as_of": DAY})
            if not isinstance(answered, Refused):
                return Heard(client, answered)
            needless = {
                error.pointer.split("/")[2] for error in answered.errors if error.code == "not-applicable"
            }
            if not needless:
                raise SystemExit(f"{client} is refused: {answered.errors}")
            client = {name: answer for name, answer in client.items() if name not in needless}

    def _drawn(self) -> Answers:
        """The answers of a client to all questions that he may be asked, but for what was seen so far."""
        client: Answers = {}
        for name in self._mix:
            how, _, question = name.rpartition(" of ")
            if how == "any":
                client[question] = self._one(name).split("+")
            elif how == "each":
                client[question] = [one for one in self._mix[name] if self._yes(name, one)]
            elif name == "yes to":
                client |= {one: self._yes(name, one) for one in self._mix[name]}
            elif name != "others":
                client[name] = self._one(name)
        cosmetic = client.pop("cosmetic inks")
        if client["concern"] == "cosmetic_tattoo":
            client["inks"] = cosmetic
        young, age = self._yes("others", "under_18"), self._part("age")
        client["age"] = 12 + int(6 * age) if young else 18 + int(58 * age)
        client["sessions_done"] = int(client["sessions_done"])
        client["kd_colour"] = colours(client["inks"])
        if not self._yes("others", "scored"):
            client = {name: answer for name, answer in client.items() if not name.startswith("kd_")}
        if client["concern"] != "melasma":
            client["reactions"] = [one for one in client["reactions"] if one != "rebound"]
        return client

    def _part(self, name: str) -> float:
        """The next number between 0 and 1 for this use: over all clients they are spread evenly."""
        if name not in self._decks:
            deck = [(place + 0.5) / self._count for place in range(self._count)]
            random.Random(f"{self._seed} {name}").shuffle(deck)
            self._decks[name] = cycle(deck)
        return next(self._decks[name])

    def _one(self, name: str) -> str:
        weights = self._mix[name]
        upto = accumulate(weights.values())
        part = self._part(name) * sum(weights.values())
        return next(answer for answer, end in zip(weights, upto, strict=True) if part < end)

    def _yes(self, name: str, answer: str) -> bool:
        return self._part(f"{name} {answer}") * 100 < self._mix[name][answer]

    def _factor(self, name: str, spread: float) -> float:
        """A factor around 1: half of them lie within e to the power of 0.67 times the spread, either way."""
        return exp(NormalDist(0, spread).inv_cdf(self._part(name)))

    def _under_way(self, planned: Heard) -> Answers:
        """The client after some sessions of the plan that he had before the first."""
        client = planned.client
        begun = {"goal": "clear", "sessions_done": 0}
        plan = self._heard({**client, **begun}).answer
        typical = plan["sessions"]["typical"] if plan["sessions"] else 4
        done = min(client["sessions_done"], typical + 1)
        own = self._factor("own", OWN)
        seen = [0.0]
        stalled = self._yes("others", "stalled")
        for number in range(done):
            factor = own * self._factor("each", EACH) * (STALLED if stalled and number >= done - 2 else 1)
            if client["concern"] in GAINS:
                seen.append(min(seen[-1] + GAINS[client["concern"]] * factor, 95))
            else:
                left = 0.1 if plan["scores"]["kirby_desai"] else 0.25
                seen.append(100 - (100 - seen[-1]) * left ** (factor / typical))
        if self._yes("others", "worse"):
            seen[-1] = seen[max(done - 2, 0)] - 10
        last_two = {"gain_last_two_pct": round(seen[-1]) - round(seen[-3])} if done >= 3 else {}
        return {**client, "sessions_done": done, "improvement_pct": round(seen[-1]), **last_two}


def read_mix(text: str) -> Mapping[str, Weights]:
    """The mix: questions with their answers and how many of 100 give each."""
    lines = re.sub(r"\n  ", " ", text).strip().split("\n")
    return {
        name: {answer: float(weight) for answer, weight in (one.split() for one in answers.split(","))}
        for name, _, answers in (line.partition(":") for line in lines)
    }


def colours(inks: Iterable[str]) -> str:
    """The Kirby-Desai answer that goes with the inks."""
    coloured = set(inks) - {"black", "brown", "pale"}
    if not coloured:
        return "black_only"
    if coloured == {"red"}:
        return "mostly_black_some_red"
    return "mostly_black_and_red_some_other" if "red" in coloured and len(coloured) == 2 else "multiple"


# -- what is printed ---------------------------------------------------------------------------------------


def percent(part: int, whole: int) -> str:
    """``12.3 %``; of nobody ``-``."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def targets(heard: list[Heard]) -> Iterator[str]:
    """How many hear only that a clinician looks, beside what that may be at most."""
    clean = [one for one in heard if one.clean_first_visit]
    groups = (("clean adult first visits, types I to IV", clean, MOST_CLEAN), ("all", heard, MOST_OF_ALL))
    for name, group, most in groups:
        only = sum(one.only_a_clinician for one in group)
        yield f"  {name:40}{only:5,} of {len(group):5,}  {percent(only, len(group)):>7}, at most {most} %"


def verdicts(heard: list[Heard]) -> Iterator[str]:
    """The verdicts of each concern, in percent of its clients."""
    yield f"  {'':36}{'clients':>8}" + "".join(f"{name.split('_')[0]:>11}" for name in VERDICTS)
    for concern in (*read_mix(MIX)["concern"], "all"):
        group = [one for one in heard if concern in (one.client["concern"], "all")]
        counts = Counter(one.answer["verdict"] for one in group)
        cells = "".join(f"{percent(counts[name], len(group)):>11}" for name in VERDICTS)
        yield f"  {concern:36}{len(group):8,}{cells}"


def referrals(heard: list[Heard]) -> Iterator[str]:
    """Each referral: its share of all and of clean first visits, and of how many it is the only reason."""
    clean = [one for one in heard if one.clean_first_visit]
    all_of = Counter(rule for one in heard for rule in one.referrals)
    yield f"  {'':58}{'all':>9}{'alone':>9}{'clean':>9}{'alone':>9}"
    for rule, _ in sorted(all_of.items(), key=lambda item: (-item[1], item[0])):
        cells = ""
        for group in (heard, clean):
            referred = [one for one in group if rule in one.referrals]
            alone = sum(one.only_a_clinician and one.referrals == (rule,) for one in referred)
            cells += f"{percent(len(referred), len(group)):>9}{percent(alone, len(group)):>9}"
        yield f"  {rule if len(rule) <= 57 else rule[:54] + '...':58}{cells}"


def ranges(heard: list[Heard]) -> Iterator[str]:
    """How many ranges are cut, and how wide they are."""
    numbered = [one for one in heard if one.answer["sessions"]]
    cut = [one for one in numbered if any(step["does"] in ("most", "limit") for step in one.answer["steps"])]
    of_all = f"{percent(len(cut), len(numbered))} of {len(numbered):,} plans with numbers"
    yield f"  cut by a longest course or a limit: {of_all}"
    for name, group in (("before the first session", False), ("under way", True)):
        widths = [
            one.answer["remaining"]["max"] - one.answer["remaining"]["min"]
            for one in numbered
            if bool(one.client["sessions_done"]) == group and one.answer["verdict"] != "goal_reached"
        ]
        if widths:
            shares = ", ".join(
                f"{width}: {percent(number, len(widths))}"
                for width, number in sorted(Counter(widths).items())
            )
            yield f"  from min to max {name}: {median(widths):g} sessions in the middle ({shares})"


def parts(heard: list[Heard]) -> dict[str, Iterator[str]]:
    """All that is told of them, by its title."""
    return {
        "Only a clinician looks": targets(heard),
        "Verdicts": verdicts(heard),
        "Referrals": referrals(heard),
        "Sessions still to come": ranges(heard),
    }


def main() -> int:
    """Draw the clients, ask, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=5_000, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="which; another seed draws others")
    parser.add_argument(
        "--rulesets", type=Path, default=shipped(), help="the folder with the ruleset pico-laser"
    )
    chosen = parser.parse_args()
    answering = opened(chosen.rulesets)
    print(f"{chosen.clients:,} clients made by chance, seed {chosen.seed}; of 100\n{MIX}")
    print(f"{RULESET} {answering.snapshot.served[RULESET].ruleset.version}\n")
    heard = list(Clients(answering, chosen.clients, chosen.seed).heard())
    for title, lines in parts(heard).items():
        print(f"{title}\n" + "\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
