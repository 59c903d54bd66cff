"""Every text that an effect tells can be translated, and is told in the language that was asked for.

The effects come from the table: one that is new, or that tells a text elsewhere, is asked for here.
"""

from __future__ import annotations

import json
import re
from itertools import permutations

import langcodes
import pytest

from schemas.language import members
from schemas.language_tags import FARTHEST, FREQUENT, nearest
from schemas.words import BUILT_IN
from service.model.texts import texts_of
from tests.language.completeness import pair
from tests.language.samples import CLIENT, Change, changes
from tests.properties.serving import open_folder
from tests.serving.translated import said_in, translate

each_effect = pytest.mark.parametrize(
    "change", [one for one in changes() if one.how == "changed"], ids=lambda one: one.effect.name
)


@each_effect
def test_no_text_of_an_answer_is_left_in_the_original(change: Change) -> None:
    """In the answer in Spanish every text of the ruleset is the translated one, wherever it stands."""
    sample = pair(change)[1]
    translate(sample.root, "generated", "es")
    answering = open_folder(sample.root)
    ruleset = answering.snapshot.served["generated"].ruleset
    body = {"ruleset": "generated", "assessment": CLIENT, "explain": True}
    own, other = (answering.evaluate({**body, "language": language}) for language in ("en", "es"))
    assert isinstance(own, dict)
    assert isinstance(other, dict)
    answering.snapshot.close()
    (sample.folder / "texts.es.yaml").unlink()
    for text in change.texts:
        assert text in json.dumps(own)
        assert said_in("es")(text) in json.dumps(other)
    told = {text.text for text in texts_of(ruleset) if text.path[0] != "built in"}
    left = re.sub(r"es\{[^}]*\}", "", json.dumps(other, ensure_ascii=False))
    assert [text for text in told if f'"{text}"' in left] == []
    assert {name: own[name] for name in members(matters="plan")} == {
        name: other[name] for name in members(matters="plan")
    }


def test_what_is_known_of_frequent_languages_is_what_the_list_of_all_says() -> None:
    assert FREQUENT.keys() == BUILT_IN.keys()
    assert {tag: langcodes.Language.get(tag).maximize().script for tag in FREQUENT} == FREQUENT
    assert [langcodes.standardize_tag(tag) for tag in FREQUENT] == list(FREQUENT)
    assert all(langcodes.tag_is_valid(tag) for tag in FREQUENT)
    for wanted in FREQUENT:
        for there in permutations(FREQUENT, 2):
            assert nearest((wanted,), there) == langcodes.closest_supported_match(wanted, there, FARTHEST)
