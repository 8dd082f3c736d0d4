"""What became of every defect planted in a synthetic province: caught, harmless, or missed.

Here: the verdicts, from a release, the work file and the list of defects. Not here: the planting (`sample/`); what
counts as evidence (`defect_rows.sql` for rows and hours, `defect_figures.sql` for plants and totals).

A defect is caught where the very row, hour or record is named as faulty; it is harmless where the figure it aims at is
right all the same, in numbers; else it is missed. No verdict rests on the kind of defect alone. Over several years a
figure is that of the year of the file (the first year has no folder), and of every year where no file is named.
"""

import hashlib
import re
import sys
from pathlib import Path
from typing import NamedTuple

import duckdb
from rich.console import Console
from rich.table import Table

from pipelines.errors import InventoryError, UsageError
from pipelines.home import Home
from pipelines.report.rows import Row

SQL = [Path(__file__).with_name(f"defect_{name}.sql") for name in ("rows", "figures")]
HOUR_TOLERANCE = 0.01  # of an hour's mass: telegrams round flow and concentration to two digits
VERDICTS = ("caught", "harmless", "missed")

_PLANTED = r"""
create or replace temp table planted as
with read as (
    select row_number() over () as id, *
    from read_csv($defects, all_varchar = true, nullstr = '')
)

select
    id, read.file, row::bigint as row, record, kind, part_d::integer as part_d, stage,
    coalesce(expected, '') as expected,
    split_part(record, ' ', 1) as key,
    split_part(record, ' ', 2) as species,
    if(is_span, split_part(record, ' ', 1), null) as monitor_key,
    if(is_span, strptime(split_part(split_part(record, ' ', 2), '/', 1), '%Y-%m-%dT%H'), null) as hour_first,
    if(is_span, strptime(split_part(split_part(record, ' ', 2), '/', 2), '%Y-%m-%dT%H'), null) as hour_end,
    date_diff('hour', hour_first, hour_end) as hours,
    starts_with(coalesce(expected, ''), 'duplicate') and expected <> 'duplicate_key' as is_duplicate,
    try_cast(nullif(regexp_extract(expected, 'NOx ([0-9.]+) kg', 1), '') as double) as right_kg,
    try_cast(nullif(regexp_extract(expected, '^within ([0-9.]+)$', 1), '') as double) as tolerance,
    try_cast(nullif(regexp_extract(expected, '^at least ([0-9.]+)$', 1), '') as double) as floor_share,
    try_cast(nullif(regexp_extract(expected, '\d{4}-\d\d-\d\d'), '') as date) as day,
    try_cast(nullif(regexp_extract(record, '\d{4}-\d\d-\d\d'), '') as date) as record_day,
    nullif(regexp_extract(expected, '^notice ([a-z_]+)$', 1), '') as reason,
    stage = 'raw' and contains(expected, ' ') and not starts_with(expected, 'notice') and right_kg is null as has_words,
    f.source_file_id as file_id,
    if(read.file is null, null, coalesce(
        nullif(regexp_extract(read.file, '^(\d{4})/', 1), ''),
        (select min(month[:4]) from read_csv($emission, all_varchar = true))
    ))::integer as year
from (select *, regexp_matches(record, '^\S+ \d{4}-\d\d-\d\dT\d\d/') as is_span from read) as read
left join planted_file as named on named.file = read.file
left join v1.source_file as f on f.sha256 = named.sha256
order by id;
"""

_HOURS = """
create or replace temp table hour_value as
select p.id, h.*
from planted as p
inner join v1.monitor as m on m.monitor_key = p.monitor_key
inner join v1.monitored_hour as h
    on h.monitor_id = m.monitor_id and h.hour_start >= p.hour_first and h.hour_start < p.hour_end
where h.species = 'NOx' and p.stage in ('raw', 'monitoring');
"""

# Every key under which a feed knows a plant (or a logger an outlet), with the site that its permit founds.
_LINK = """
create or replace temp table link as
with known as (select * from read_csv($site, all_varchar = true)),
placed as (
    select known.*, k.site_id
    from known inner join v1.crosswalk as k
        on k.feed = 'permit' and upper(k.record_key) = upper(known.permit_key)
)

select site_uid as record_key, 'permit' as feed, permit_key as feed_key, null::varchar as outlet, site_id from placed
union
select site_uid, 'statistics', statistics_key, null, site_id from placed where statistics_key <> ''
union
select statistics_key, 'statistics', statistics_key, null, site_id from placed where statistics_key <> ''
union
select permit_key, 'permit', permit_key, null, site_id from placed
union
select monitor_key, 'monitoring', monitor_key, outlet, site_id from placed where monitor_key <> '';
"""

# Sums of truth and release by plant, species and year, and by class for what are no plants.
_CELL = """
create or replace temp table cell as
with truth as (select * from read_csv($emission, all_varchar = true, nullstr = '')),

true_cell as (
    select coalesce(site_uid, source_class) as cell, species, month[:4]::integer as year,
        fsum(mass_kg::double) as truth_kg
    from truth group by all
),

place as (
    select distinct record_key, site_id from link
    where feed = 'permit' and record_key in (select cell from true_cell)
),

fused as (
    select coalesce(place.record_key, e.source_class_code) as cell, e.species, year(e.month) as year,
        fsum(e.mass_kg) as fused_kg
    from v1.emission as e
    left join place on place.site_id = e.site_id
    where place.record_key is not null or e.site_id is null
    group by all
),

monitored as (
    select place.record_key as cell, r.species, r.year, fsum(r.monitoring_kg) as monitoring_kg
    from v1.reconciliation as r inner join place on place.site_id = r.site_id
    group by all
)

select
    cell, species, year, place.site_id, coalesce(truth_kg, 0) as truth_kg, coalesce(fused_kg, 0) as fused_kg,
    monitoring_kg
from true_cell
full join fused using (cell, species, year)
left join monitored using (cell, species, year)
left join place on place.record_key = cell;
"""


class Verdict(NamedTuple):
    """One planted defect; `place` is where it was caught or why it does no harm (empty if missed)."""

    file: str
    row: int
    record: str
    kind: str
    part_d: int
    expected: str
    verdict: str
    place: str


def judge(home: Home, sample: Path) -> list[Verdict]:
    """Verdicts on all defects of a sample whose release is the current one of `home`.

    Raises:
        UsageError: the folder holds no list of defects, or the home no release.
    """
    if not home.current.is_dir():
        raise UsageError(f"{home.root} holds no release; refresh it from {sample} first.")
    with duckdb.connect() as con:
        con.execute(f"attach '{home.current.resolve() / 'warehouse.duckdb'}' as release (read_only)")
        con.execute(f"attach '{home.work_db}' as work (read_only)")
        con.execute("use release")
        return verdicts(con, sample)


def verdicts(con: duckdb.DuckDBPyConnection, sample: Path) -> list[Verdict]:
    """As `judge`, on a connection with the release's schema `v1` and the work file attached as `work`."""
    files = {name: sample / "truth" / f"{name}.csv" for name in ("defects", "site", "emission")}
    if missing := [str(path) for path in files.values() if not path.is_file()]:
        raise UsageError(f"{missing[0]} is not there; only a synthetic province has a list of defects.")
    _name_files(con, sample, files["defects"])
    con.execute(_PLANTED, {"defects": str(files["defects"]), "emission": str(files["emission"])})
    con.execute(_HOURS)
    con.execute(_LINK, {"site": str(files["site"])})
    con.execute(_CELL, {"emission": str(files["emission"])})
    con.execute("create or replace temp table evidence (id bigint, verdict varchar, place varchar)")
    for _, statement in statements():
        given = {"hour_tolerance": HOUR_TOLERANCE} if "$hour_tolerance" in statement else {}
        con.execute(f"insert into evidence {statement}", given)
    found = con.execute(
        """
        select id, coalesce(file, ''), row, record, kind, part_d, expected,
            coalesce(min(e.verdict), 'missed'), coalesce(arg_min(e.place, e.verdict || e.place), '')
        from planted left join evidence as e using (id)
        group by all
        order by part_d, kind, id
        """
    ).fetchall()
    return [Verdict(*row[1:]) for row in found]


def _name_files(con: duckdb.DuckDBPyConnection, sample: Path, defects: Path) -> None:
    """The bytes behind each file of the list: files of different years have one name."""
    listed = con.execute("select distinct file from read_csv(?, all_varchar = true)", [str(defects)]).fetchall()
    found = {name: sample / name for (name,) in listed if name and (sample / name).is_file()}
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in found.values()]
    con.execute(
        "create or replace temp table planted_file as"
        " select unnest($files::varchar[]) as file, unnest($sums::varchar[]) as sha256",
        {"files": list(found), "sums": sums},
    )


def statements() -> list[tuple[str, str]]:
    """Name and text of each piece of evidence."""
    text = "".join(file.read_text(encoding="utf-8") for file in SQL)
    parts = re.split(r"^-- (\w+): .*\n", text, flags=re.MULTILINE)
    return [(name, text.strip().rstrip(";")) for name, text in zip(parts[1::2], parts[2::2], strict=True)]


def summary(found: list[Verdict]) -> list[Row]:
    """One row per kind: part_d, kind, planted, caught, harmless, missed, places (the most frequent one)."""
    lines = []
    for part_d, kind in dict.fromkeys((one.part_d, one.kind) for one in found):
        own = [one for one in found if (one.part_d, one.kind) == (part_d, kind)]
        counts = {verdict: sum(one.verdict == verdict for one in own) for verdict in VERDICTS}
        places = [one.place for one in own if one.place]
        common = max(sorted(set(places)), key=places.count, default="")
        lines.append({"part_d": part_d, "kind": kind, "planted": len(own), **counts, "place": common})
    return lines


def table(found: list[Verdict]) -> Table:
    """The summary for a terminal."""
    lines = summary(found)
    shown = Table("D", "kind", "planted", *VERDICTS, "where", title="Planted defects")
    for line in lines:
        shown.add_row(*(str(value)[:60] for value in line.values()), style="red" if line["missed"] else None)
    total = [str(sum(line[name] for line in lines)) for name in ("planted", *VERDICTS)]
    shown.add_row("", "all", *total, "", style="bold")
    return shown


def main(sample: str, home: str) -> int:
    """Print the table; 0 if nothing was missed, 1 if something was, else the exit code of the error."""
    try:
        found = judge(Home(Path(home)), Path(sample))
    except InventoryError as error:
        print(error.message, file=sys.stderr)
        return error.exit_code
    Console().print(table(found))
    missed = [one for one in found if one.verdict == "missed"]
    for one in missed:
        place = f"{one.file or 'the whole'}, row {one.row} ({one.record})"
        print(f"Missed: {one.kind} in {place}; expected: {one.expected}.", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
