"""Which records a change may bear on, register by register: the others keep what the last linking said of them.

Here: the records to link again in a register, and what came of it for the registers after it. Not here: what changed
among the records themselves (`keys`), linking (`stages`, `found`).

A record is linked again if it changed, if it was decided on, if it shares a key with a record before it that changed or
went to another site, or if it stands for one place with such a record (one key, one group, a takeover). What a stage
compares always shares a key, so the others would come out as they are. Likeness is followed in `probabilistic`.
"""

import duckdb

_WORDS = ("permit_key", "own_key", "legal_key", "name_key")


class Widespread(Exception):
    """The change bears on so many records, or on all, that everything is linked anew."""


def begin(con: duckdb.DuckDBPyConnection) -> None:
    """Forget the matches of changed records; empty lists of what changed."""
    con.execute("""
        create or replace temp table old_match as
        select * from identity.match semi join changed_record using (feed, scheme, record_key);
        delete from identity.match where entity in (select entity from old_match)
            and rowid in (
                select given.rowid from identity.match as given
                semi join changed_record using (feed, scheme, record_key)
            );
        create or replace temp table dirty_key (word varchar, key varchar);
        create or replace temp table changed_label as select distinct site_id as label from old_match
    """)


def find(con: duckdb.DuckDBPyConnection, register_no: int, whole: bool) -> None:
    """Temp table `affected` (entity): what is to be linked again in the register; its old matches are forgotten."""
    by_key = " or ".join(f"{word} in (select key from dirty_key where word = '{word}')" for word in _WORDS)
    condition = (
        "true"
        if whole
        else f"""
        (feed, scheme, record_key) in (select (feed, scheme, record_key) from changed_record) or {by_key}
        or own_key in (select own_key from gone where register_no = $register_no)
        or own_key in (select old_key from changed_takeover union all select new_key from changed_takeover)
    """
    )
    con.execute(
        "create or replace temp table affected as select distinct entity from identity.every_keyed"
        f" where register_no = $register_no and ({condition})",
        {"register_no": register_no},
    )
    if not whole:
        close(con, "affected", register_no)
    forget_matches(con, "affected", register_no)


def close(con: duckdb.DuckDBPyConnection, table: str, register_no: int) -> None:
    """Add to the entities of the temp table those that may be one place with them."""
    while True:
        [(added,)] = con.execute(f"""
            insert into {table}
            with held as (
                select distinct own_key from identity.every_keyed
                where register_no = $register_no and entity in (select entity from {table})
            ),

            beside as (
                from held
                union select new_key from near_takeover where old_key in (select own_key from held)
                union select old_key from near_takeover where new_key in (select own_key from held)
            )

            select distinct entity from identity.every_keyed
            where register_no = $register_no and own_key in (select own_key from beside)
                and entity not in (select entity from {table})
        """, {"register_no": register_no}).fetchall()  # fmt: skip
        if not added:
            return


def forget_matches(con: duckdb.DuckDBPyConnection, table: str, register_no: int) -> None:
    """Move the matches of these entities in this register out of the way."""
    concerned = f"""
        entity in (select entity from {table})
        and feed || scheme in (select feed || scheme from register where register_no = {register_no})
    """
    con.execute(f"""
        insert into old_match select * from identity.match where {concerned};
        delete from identity.match where {concerned};
    """)


def tell(con: duckdb.DuckDBPyConnection, register_no: int, whole: bool) -> None:
    """Add to `dirty_key` what the registers after this one must look at, and to `changed_label` the sites concerned."""
    if whole:
        return
    con.execute(f"""
        create or replace temp table again as
        select match.* from identity.match as match
        inner join register using (feed, scheme)
        where register_no = {register_no} and (entity in (select entity from affected)
            or entity in (select entity from rescored));
        insert into changed_label
        select site_id from again where site_id not in (select label from changed_label)
        union
        select old_match.site_id from old_match
        where old_match.site_id not in (select label from changed_label);
        insert into dirty_key
        with relabelled as (
            (select feed, scheme, record_key, stay, site_id from again
            except select feed, scheme, record_key, stay, site_id from old_match)
            union all
            (select feed, scheme, record_key, stay, site_id from old_match
            except select feed, scheme, record_key, stay, site_id from again)
        ),

        dirty as (
            select permit_key, own_key, legal_key, name_key from came where register_no = {register_no}
            union all
            select permit_key, own_key, legal_key, name_key from gone where register_no = {register_no}
            union all
            select permit_key, own_key, legal_key, name_key from identity.every_keyed
            semi join relabelled using (feed, scheme, record_key, stay)
            where register_no = {register_no}
        )

        select distinct word, key
        from (unpivot dirty on permit_key, own_key, legal_key, name_key into name word value key)
        except from dirty_key
    """)


def keep_statistic(con: duckdb.DuckDBPyConnection, name: str, value: int, whole: bool) -> None:
    """A number that bears on every record; if it is another than in the last linking, all are linked anew.

    Raises:
        Widespread: it is.
    """
    known = con.execute("select value from identity.statistic where name = ?", [name]).fetchall()
    if not whole and known != [(value,)]:
        raise Widespread(name)
    con.execute("delete from identity.statistic where name = $name", {"name": name})
    con.execute("insert into identity.statistic values ($name, $value)", {"name": name, "value": value})


def check_share(con: duckdb.DuckDBPyConnection, table: str, largest_share: float, whole: bool) -> None:
    """Raises `Widespread` if the rows of a table are more than this share of all records."""
    [(rows, everything)] = con.execute(
        f"select (select count(*) from {table}), (select count(*) from identity.every_keyed)"
    ).fetchall()
    if not whole and rows > largest_share * everything:
        raise Widespread(table)
