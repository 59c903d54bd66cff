"""Behind PgBouncer in transaction mode all goes as without it, and without it nothing is paid."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa

from service.store import postgresql
from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.faults import CannotOpen, DatabaseFault, Locked
from tests.store.decided import decision
from tests.store.pgbouncer import PgBouncer, new_pgbouncer

_SETTINGS = "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"


@pytest.fixture(scope="module")
def narrow(postgres: str) -> Iterator[PgBouncer]:
    """One that has two connections to the server for all, and ignores what Debian's refuses."""
    bouncer = new_pgbouncer(postgres, "default_pool_size = 2\nignore_startup_parameters = options\n")
    yield bouncer
    bouncer.remove()


def name_in(url: str) -> str:
    return str(sa.make_url(url).database)


def test_each_transaction_has_its_timeouts_and_leaves_none_to_others(pgbouncer_url: str) -> None:
    database = Database(pgbouncer_url, patience=3)
    for transaction in (database.reading, database.writing):
        with transaction() as connection:
            assert connection.exec_driver_sql(_SETTINGS).one() == ("3s", "18s")
    database.close()
    with psycopg.connect(pgbouncer_url) as other:
        assert other.execute(_SETTINGS).fetchone() == ("0", "0")


def test_without_a_pooler_no_transaction_is_told_anything(postgres_url: str) -> None:
    database = Database(postgres_url, patience=3)
    assert database.settings is None
    statements: list[str] = []
    sa.event.listen(database._engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    with database.reading() as connection:
        assert connection.exec_driver_sql(_SETTINGS).one() == ("3s", "18s")
    assert statements == [_SETTINGS]
    database.close()


def test_a_pooler_that_ignores_what_it_is_told_is_found_out(postgres_url: str, narrow: PgBouncer) -> None:
    database = Database(narrow.url(name_in(postgres_url)), patience=3)
    with database.reading() as connection:
        assert connection.exec_driver_sql(_SETTINGS).one() == ("3s", "18s")
    database.close()


def test_many_threads_share_few_connections_and_nothing_prepared_is_missed(
    postgres_url: str, narrow: PgBouncer
) -> None:
    log = DecisionLog(Database(narrow.url(name_in(postgres_url))))
    faults: list[BaseException] = []

    def work(thread: int) -> None:
        writer = log.writer()
        try:
            for number in range(20):
                one = decision(100 * thread + number)
                assert writer.write([one.row])
                assert log.decision(one.decision_id) == one
        except Exception as fault:  # noqa: BLE001 - shown below, whatever it is
            faults.append(fault)
        writer.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert log.count() == 100
    log.close()


def test_a_decision_is_committed_safely_where_the_server_is_told_otherwise(
    postgres_url: str, pgbouncer_url: str
) -> None:
    Database(postgres_url).close()
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name_in(postgres_url)}" SET synchronous_commit = off')
        admin.execute("CREATE TABLE seen (setting text)")
        admin.execute(
            "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$"
        )
        admin.execute("CREATE TRIGGER see BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION see()")
    log = DecisionLog(Database(pgbouncer_url))
    writer = log.writer()
    assert writer.write([decision(0).row])
    writer.close()
    log.close()
    with psycopg.connect(pgbouncer_url) as other:
        assert other.execute("SELECT setting FROM seen").fetchall() == [("on",)]
        assert other.execute("SHOW synchronous_commit").fetchone() == ("off",), "nothing leaks"


def test_a_writer_and_a_reader_go_on_when_the_pooler_was_started_again(
    postgres: str, postgres_url: str
) -> None:
    bouncer = new_pgbouncer(postgres)
    try:
        log = DecisionLog(Database(bouncer.url(name_in(postgres_url))))
        writer = log.writer()
        writer.write([decision(0).row])
        bouncer.stop()
        with pytest.raises(DatabaseFault, match="can't be reached"):
            writer.write([decision(1).row])
        bouncer.start()
        writer.write([decision(1).row])
        assert log.count() == 2
        writer.close()
        log.close()
    finally:
        bouncer.remove()


def test_a_transaction_does_not_wait_for_others_for_ever(postgres_url: str, pgbouncer_url: str) -> None:
    log = DecisionLog(Database(pgbouncer_url, patience=1))
    writer = log.writer()
    with psycopg.connect(postgres_url) as other:
        other.execute("LOCK TABLE decisions")
        with pytest.raises(Locked, match="is kept busy"):
            writer.write([decision(0).row])
    assert writer.write([decision(0).row])
    writer.close()
    log.close()


def test_options_in_the_url_are_refused_with_the_mend(pgbouncer_url: str) -> None:
    with pytest.raises(CannotOpen) as raised:
        Database(f"{pgbouncer_url}?options=-c%20work_mem%3D8MB")
    assert str(raised.value).startswith("the pooler in front of the database refuses the options in its URL")
    assert "bouncer" not in str(raised.value).replace("PgBouncer", "")


@pytest.mark.parametrize("name", ["postgres_url", "pgbouncer_url"])
def test_an_older_server_is_refused_by_name_and_number(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(postgresql, "OLDEST", 99)
    with pytest.raises(CannotOpen, match=r"^picoplan needs PostgreSQL 99 or newer, and the .* is \d+"):
        Database(request.getfixturevalue(name))
