"""The address that the service listens on, and who may reach it."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from service.store.api_keys import KeyRing
from service.web.settings import CannotServe, Settings


class Address(NamedTuple):
    """Where the service listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    def answers(self) -> bool:
        """Whether somebody listens here already."""
        try:
            socket.create_connection(self, timeout=1).close()
        except OSError:
            return False
        return True


@contextmanager
def listening(settings: Settings, ring: KeyRing | None = None) -> Iterator[Address]:
    """The address of the settings, free, and kept from others meanwhile. Each worker listens on it.

    ``ring`` has the API keys (None: there are none).

    Raises:
        CannotServe: the address is taken, can't be had, or is open to other machines and no key lives.
    """
    host, port = settings.host, settings.port
    if not 0 <= port <= 65535:
        raise CannotServe(f"{port} is not a port: ports go from 0 to 65535")
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise CannotServe(f"there is no address {host!r} to listen on") from error
    family, kind, protocol, _, address = found[0]
    if not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
        _only_if_guarded(settings, ring)
    with socket.socket(family, kind, protocol) as alone, socket.socket(family, kind, protocol) as kept:
        try:
            alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            alone.bind(address)  # it fails where another server listens, which ``kept`` would not
            free = alone.getsockname()
            alone.close()
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            kept.bind(free)  # and never listens: connections go to the workers
        except OSError as error:
            raise CannotServe(_why_not(host, port, error)) from error
        yield Address(str(free[0]), int(free[1]))


def drop_stalled(address: Address, after: int) -> bool:
    """Have the system drop connections whose client takes nothing of what is sent for so many seconds.

    It is told of the socket on which this process listens, and holds for those that it then takes. Whether
    there is one already. No deadline of the server's does this: where an answer is broken off, too, it waits
    for ever for the client to take what was already written.
    """
    told = False
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - numbers, and not paths
        with suppress(OSError), socket.socket(fileno=os.dup(int(name))) as one:
            listens = one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            if listens and one.getsockname()[1] == address.port:
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1_000 * after)
                told = True
    return told


def _only_if_guarded(settings: Settings, ring: KeyRing | None) -> None:
    if settings.open_beyond_loopback or (ring is not None and ring.living):
        return
    none = "every API key is revoked" if ring is not None and ring.asked_for else "there are no API keys yet"
    raise CannotServe(
        f"{settings.host or 'every address'} is open to other machines, and {none}: add one with "
        "picoplan keys add, listen on 127.0.0.1, or say --without-keys where something else guards the port"
    )


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken: stop what listens there, or choose another with --port"
    if error.errno == errno.EACCES:
        return f"port {port} of {host} needs rights that this user lacks: choose one above 1023 with --port"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine"
    return f"{host} port {port} can't be listened on: {error.strerror}"
