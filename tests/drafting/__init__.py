"""Tests of service.drafting."""
