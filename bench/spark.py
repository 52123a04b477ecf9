"""Ask the example's queries with Spark: by hand, because it needs `pip install pyspark sqlglot`, and Java.

`python -m bench.archives people 200 260` writes archives to ask; this is then run in the folder of `people`.
"""

import os
import time
from pathlib import Path

import pyspark
import sqlglot
from pyspark.sql import SparkSession, functions

QUERIES = Path(__file__).parent.parent / "examples" / "analysis"
LISTS = "map<string, array<struct<id: string, name: string>>>"


def main() -> None:
    """Read the archives, ask each query once, and print what each took."""
    started = time.perf_counter()
    builder = SparkSession.builder.master("local[*]").config("spark.driver.memory", "4g")
    spark = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    _tell(f"start of Spark {pyspark.__version__}", started)
    started = time.perf_counter()
    files = spark.read.schema(f"week string, artists {LISTS}").json("people/*/output/archive", multiLine=True)
    listener = functions.regexp_extract(functions.input_file_name(), "([^/]+)/output/archive/", 1)
    files.withColumn("listener", listener).createOrReplaceTempView("snapshots")
    spark.sql(_translated("entries"))
    spark.catalog.cacheTable("entries")
    _tell(f"entries: {spark.table('entries').count():,}", started)
    for name in sorted({path.stem for path in QUERIES.glob("*.sql")} - {"snapshots", "entries"}):
        started = time.perf_counter()
        first = spark.sql(_translated(name)).collect()[0]
        _tell(f"{name}: {tuple(first)}", started)
    print(f"peak memory of Java: {_memory()}")


def _translated(name: str) -> str:
    return sqlglot.transpile((QUERIES / f"{name}.sql").read_text("utf-8"), read="duckdb", write="spark")[0]


def _tell(what: str, started: float) -> None:
    print(f"{what}: {time.perf_counter() - started:.1f} s", flush=True)


def _memory() -> str:
    """Read from Linux how much memory the Java that we started took at most."""
    for status in Path("/proc").glob("[0-9]*/status"):
        lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        if lines.get("PPid") == str(os.getpid()) and lines["Name"] == "java":
            return lines["VmHWM"].strip()
    return "unknown"


if __name__ == "__main__":
    main()
