"""Marshmallow schemas: ruleset files, assessments, answers, problems. Plain values only."""
