"""The code of every problem that reading can find."""

from __future__ import annotations

WARNINGS = frozenset(
    {
        "no-of-open-flag",
        "no-rules",
        "outside-limits",
        "question-weakened",
        "said-twice",
        "test-always-holds",
        "test-never-holds",
        "text-cut",
        "unused-allow",
    }
)
"""Codes of what does not keep a ruleset from serving. ``text-cut`` is an error where a bracket is lost too,
``no-rules`` where there are none at all, ``outside-limits`` where a rule stands beside its limits."""

ERRORS = frozenset(
    {
        # the folder and its files
        "file-too-large",
        "missing-file",
        "no-rules",
        "stray-file",
        "too-many-files",
        "unreadable",
        "wrong-encoding",
        # YAML
        "alias",
        "anchor",
        "bad-character",
        "bracket",
        "colon",
        "colon-in-text",
        "comma-in-text",
        "curly-quotes",
        "directive",
        "duplicate-key",
        "indentation",
        "lone-angle",
        "quote",
        "several-documents",
        "tab",
        "tag",
        "text-cut",
        "too-deep",
        "yaml",
        # any value
        "bad-id",
        "duplicate-id",
        "empty-list",
        "empty-mapping",
        "impossible-range",
        "missing-key",
        "missing-value",
        "not-a-number",
        "not-a-range",
        "not-whole",
        "out-of-bounds",
        "too-many-problems",
        "unknown-key",
        "wrong-type",
        # the header, and what is taken over
        "circle",
        "id-is-not-folder",
        "missing-replaces",
        "replaces-nothing",
        "too-many-extended",
        "unknown-rule",
        "unknown-ruleset",
        "unknown-verdict",
        # questions
        "bad-default",
        "default-and-must-ask",
        "default-and-required",
        "input-kind",
        "missing-attribute",
        "mixed-attribute",
        "no-inputs",
        "odd-attribute",
        "too-many-attributes",
        "too-many-inputs",
        "too-many-options",
        # conditions
        "empty-condition",
        "never-concluded",
        "rule-too-large",
        "test-does-not-fit",
        "unknown-attribute",
        "unknown-conclusion",
        "unknown-input",
        "unknown-level",
        "unknown-option",
        "unknown-score",
        "wrong-test",
        # effects
        "attribute-not-a-number",
        "conflicting-effects",
        "empty-then",
        "flag-not-yes",
        "impossible-target",
        "input-does-not-fit",
        "missing-evidence",
        "missing-support",
        "outside-limits",
        "too-many-rules",
        "unknown-benefit",
        "unknown-evidence",
        "unknown-factor",
        "until-without-defer",
        # guarantees and scenarios
        "guarantee-says",
        "unknown-member",
    }
)
"""Codes of what does."""
