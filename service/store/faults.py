"""What can go wrong with the database.

::

    DatabaseFault
    |-- CannotOpen      wrong usage: the settings name no database that can be had
    |-- Unavailable     at the moment; the same may work later
    |   |-- Gone        it can't be reached, read or written
    |   |   `-- ReadOnly  it can be read, and takes no writes
    |   |-- Locked      others kept it busy for too long
    |   `-- Full        there is no room left
    |-- Damaged         what it holds is not what was put in
    `-- NeverServed     it never held that

Each says in one line what it is and what to do; none holds a password.
"""

from __future__ import annotations


class DatabaseFault(Exception):
    """Something is wrong with the database, or with what was asked of it.

    ``wrote_nothing``: it is certain that the transaction in which it came up has left nothing behind.
    """

    wrote_nothing = False


class CannotOpen(DatabaseFault):
    """The settings name no database that can be had."""


class Unavailable(DatabaseFault):
    """The database can't be used at the moment."""


class Gone(Unavailable):
    """It can't be reached, read or written."""


class ReadOnly(Gone):
    """It can be read, and takes no writes."""


class Locked(Unavailable):
    """Others kept it busy for too long."""


class Full(Unavailable):
    """There is no room left."""


class Damaged(DatabaseFault):
    """What it holds is not what was put in."""


class NeverServed(DatabaseFault):
    """No edition of that digest was ever published."""
