"""Drafts as a worker has them."""

from __future__ import annotations

from dataclasses import dataclass

from service.drafting.bench_client import Bench
from service.drafting.drafts import Drafts
from service.drafting.publishing import Destination
from service.store.drafts import DraftStore


@dataclass(frozen=True, slots=True)
class Drafting:
    """Where drafts are kept, and the bench, which looks into them; what may be done with them: ``drafts``.

    ``destination``: where they are published.
    """

    store: DraftStore
    bench: Bench
    drafts: Drafts
    destination: Destination
