"""How many spans a second the proxy takes in, beside a server that does nothing and an obvious one that does.

    python bench/ingest.py [--seconds S] [--connections 1,8,64] [--pii 0.3] [--rounds 3]
                           [--servers proxy,floor,obvious] [--config FILE] [--no-pin] [--json]

Every cell starts its server afresh. The rounds are interleaved, so that a machine that slows down slows
everybody down; read the ratios. Exit status 1: something was refused, or the proxy's ledger disagrees
with what the client was told.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop
from client import Answers, load
from servers import NAMES, Cores, Server, started
from traffic import SPANS, Traffic, make_traffic

_WARM_UP_S = 1.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One server under one load, once.

    Attributes:
        spans_per_s: acknowledged within the measured time.
        p50_ms, p99_ms: from the first byte sent to the last byte of the answer, per request.
        cpu_us_per_span: of all the server's threads, warm-up and indexing afterwards included.
        rss_mb: the server's peak.
        disk_bytes_per_span: everything in its data directory once it has stopped.
        acknowledged: spans, warm-up included.
        faults: what went wrong, one line each.
    """

    server: str
    connections: int
    round: int
    spans_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_us_per_span: float
    rss_mb: float
    disk_bytes_per_span: float
    acknowledged: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """The medians of one server under one load; a ratio is the median of those within each round."""

    server: str
    connections: int
    spans_per_s: float
    best_spans_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_us_per_span: float
    rss_mb: float
    disk_bytes_per_span: float
    to_floor: float | None
    to_obvious: float | None


def main() -> int:
    """Run the benchmark the command line describes."""
    options = _options()
    cores = Cores(None, None) if options.no_pin else Cores.split()
    if cores.client is not None:
        os.sched_setaffinity(0, {cores.client})
    traffic = make_traffic(options.pii)
    _say(
        f"{SPANS} spans and {len(traffic.body(0)):,} bytes a request, {options.pii:.0%} with personal data; "
        f"server on core {cores.server}, client on core {cores.client}"
    )
    cells = list(_cells(options, traffic, cores))
    rows = [
        _row(server, connections, cells) for connections in options.connections for server in options.servers
    ]
    if options.json:
        print(json.dumps({"rows": [asdict(row) for row in rows], "cells": [asdict(cell) for cell in cells]}))
    else:
        _print_table(rows)
    faults = [fault for cell in cells for fault in cell.faults]
    for fault in faults[:10]:
        _say(f"FAULT {fault}")
    return 1 if faults else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/ingest.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="measured time of a cell (4)")
    parser.add_argument("--connections", type=_numbers, default=[1, 8, 64], help="kept alive (1,8,64)")
    parser.add_argument("--pii", type=float, default=0.3, help="share of spans to be redacted (0.3)")
    parser.add_argument("--rounds", type=int, default=3, help="how often every cell is run (3)")
    parser.add_argument("--servers", type=_names, default=list(NAMES), help=",".join(NAMES))
    parser.add_argument("--config", type=Path, metavar="FILE", help="the proxy's configuration (defaults)")
    parser.add_argument("--no-pin", action="store_true", help="let both sides use every core")
    parser.add_argument("--json", action="store_true", help="print every cell and the medians as JSON")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(NAMES):
        raise argparse.ArgumentTypeError(f"no such server: {', '.join(sorted(unknown))}")
    return names


def _cells(options: argparse.Namespace, traffic: Traffic, cores: Cores) -> Iterable[Cell]:
    for number in range(1, options.rounds + 1):
        for connections in options.connections:
            for name in options.servers:
                with started(name, cores.server, options.config) as server:
                    cell = _measure(server, traffic, connections, options.seconds, number)
                _say(
                    f"round {number}/{options.rounds}  {connections:>3} connections  {name:<8}"
                    f"{cell.spans_per_s:>9,.0f} spans/s  p50 {cell.p50_ms:.2f} ms  p99 {cell.p99_ms:.2f} ms"
                    f"  {cell.cpu_us_per_span:.1f} us/span"
                )
                yield cell


def _measure(server: Server, traffic: Traffic, connections: int, seconds: float, number: int) -> Cell:
    cpu = server.cpu_seconds()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        answers = runner.run(
            load(
                server.url,
                server.key,
                traffic.body,
                connections=connections,
                warm_up=_WARM_UP_S,
                seconds=seconds,
            )
        )
    server.wait_until_indexed()
    cpu = server.cpu_seconds() - cpu
    rss_mb = server.peak_rss_mb()
    faults = tuple(_faults(server, answers))
    server.stop()
    spans = max(1, answers.acknowledged)
    return Cell(
        server=server.name,
        connections=connections,
        round=number,
        spans_per_s=answers.measured / answers.seconds,
        p50_ms=_percentile(answers.latencies, 0.50) * 1e3,
        p99_ms=_percentile(answers.latencies, 0.99) * 1e3,
        cpu_us_per_span=cpu / spans * 1e6,
        rss_mb=rss_mb,
        disk_bytes_per_span=server.disk_bytes() / spans,
        acknowledged=answers.acknowledged,
        faults=faults,
    )


def _faults(server: Server, answers: Answers) -> Iterable[str]:
    yield from (f"{server.name}: {failure}" for failure in answers.failures[:3])
    if not answers.latencies:
        yield f"{server.name}: nothing was answered in the measured time"
    if mismatch := server.check_count(answers.acknowledged):
        yield f"{server.name}: {mismatch}"


def _percentile(values: list[float], share: float) -> float:
    ordered = sorted(values) or [float("nan")]
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _row(server: str, connections: int, cells: list[Cell]) -> Row:
    mine = [cell for cell in cells if (cell.server, cell.connections) == (server, connections)]
    return Row(
        server=server,
        connections=connections,
        spans_per_s=statistics.median(cell.spans_per_s for cell in mine),
        best_spans_per_s=max(cell.spans_per_s for cell in mine),
        p50_ms=statistics.median(cell.p50_ms for cell in mine),
        p99_ms=statistics.median(cell.p99_ms for cell in mine),
        cpu_us_per_span=statistics.median(cell.cpu_us_per_span for cell in mine),
        rss_mb=statistics.median(cell.rss_mb for cell in mine),
        disk_bytes_per_span=statistics.median(cell.disk_bytes_per_span for cell in mine),
        to_floor=_ratio(mine, "floor", cells),
        to_obvious=_ratio(mine, "obvious", cells),
    )


def _ratio(mine: list[Cell], other: str, cells: list[Cell]) -> float | None:
    theirs = {(c.connections, c.round): c.spans_per_s for c in cells if c.server == other and c.spans_per_s}
    ratios = [
        cell.spans_per_s / theirs[cell.connections, cell.round]
        for cell in mine
        if (cell.connections, cell.round) in theirs
    ]
    return statistics.median(ratios) if ratios else None


def _print_table(rows: list[Row]) -> None:
    heads = ("conns", "server", "spans/s (best)", "p50 ms", "p99 ms", "CPU us/span", "RSS MB", "disk B/span")
    table = [(*heads, "x floor", "x obvious")]
    table += [
        (
            str(row.connections),
            row.server,
            f"{row.spans_per_s:,.0f} ({row.best_spans_per_s:,.0f})",
            f"{row.p50_ms:.2f}",
            f"{row.p99_ms:.2f}",
            f"{row.cpu_us_per_span:.1f}",
            f"{row.rss_mb:.0f}",
            f"{row.disk_bytes_per_span:.0f}" if row.server != "floor" else "-",
            "-" if row.to_floor is None else f"{row.to_floor:.3f}",
            "-" if row.to_obvious is None else f"{row.to_obvious:.2f}",
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    for line in table:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
