"""Labelled records of a synthetic province, and the model trained on them: `python -m benchmarks.identity.training`.

Here: which records are shown to `pipelines.identity.matching.train`. Not here: the training itself.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from benchmarks.identity import province
from benchmarks.identity.records import link
from pipelines.identity.config import load_linking
from pipelines.identity.matching import probabilistic, train

EVERY_NTH_SITE = 5  # of the sites that no form or monitor belongs to; enough for agreement by chance


def labelled(folder: Path, sites: int = 400) -> pa.Table:
    """Features of a dirty province with labels: forms and monitoring points open, permits as sites."""
    tables, truth = province.make(folder, sites, seed=province.TRAIN_SEED)
    with duckdb.connect() as con:
        link(con, tables, province.YEAR)
        con.execute("""
            create or replace temp table still_open as
            select row_no, entity from identity.every_keyed where feed <> 'permit';
            create or replace temp table former_open as select row_no from still_open limit 0;
            delete from identity.chosen
        """)
        last = con.execute("select max(register_no) from register").fetchall()[0][0]
        con.register("features", probabilistic.read_features(con, load_linking().probabilistic, last))
        con.register("truth", truth)
        return con.sql(
            f"""
            with labelled as (
                select record.*, record.feed <> 'permit' as is_open,
                    if(record.feed = 'permit', record.record_key, truth.true_key) as label,
                    dense_rank() over (order by record.feed, record.scheme, record.record_key) as number
                from identity.every_keyed as record
                left join truth on truth.scheme = record.scheme and truth.record_key = record.record_key
            ),

            rated as (
                -- Only permits state a rated input. Assumed: eight of ten others would repeat it, two give 30 % more.
                select labelled.row_no as unique_id, labelled.number, labelled.label,
                    permit.rated_input_mw * if(labelled.is_open and labelled.number % 10 >= 8, 1.3, 1) as rated_input_mw
                from labelled
                left join (
                    select record_key, min(rated_input_mw) as rated_input_mw
                    from labelled where not is_open group by record_key
                ) as permit on permit.record_key = labelled.label
            )

            select features.* replace (
                row_number() over (order by rated.number, name_key, address_key, region_code, lon_deg) as unique_id,
                rated.rated_input_mw as rated_input_mw
            ), rated.label
            from features
            inner join rated using (unique_id)
            where features.is_open or rated.label in (select true_key from truth)
                or rated.number % {EVERY_NTH_SITE} = 0
            order by unique_id
            """
        ).to_arrow_table()


def main() -> None:
    config = load_linking().probabilistic
    with TemporaryDirectory() as scratch:
        train.write(labelled(Path(scratch)), probabilistic.ROOM / config["model"])


if __name__ == "__main__":
    main()
