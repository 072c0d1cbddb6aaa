"""A million mutants: the compiled core equals its reference, and redacting twice changes nothing.

    python bench/fuzz_redaction.py [--mutants 1000000] [--seed 1] [--processes 2] [--chunk N]

The mutants of a seed are always the same ones, whatever the number of processes. ``--chunk`` runs one
chunk of them again, in this process. Exit status 1: something did not hold.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from redaction_checks import SETTINGS, Result, compares, run_chunk

_CHUNK = 2_000
_SHOWN = 20
_STALLED_S = 300  # a chunk takes some seconds
_SAY_EVERY_S = 10


class Stalled(Exception):
    """A process hangs or has crashed in one of these chunks."""


def main() -> int:
    """Run what the command line describes."""
    options = _options()
    if not compares():
        print("the compiled core is not built or not in use: there is nothing to compare with its reference")
        return 1
    chunks = range(-(-options.mutants // _CHUNK)) if options.chunk is None else [options.chunk]
    print(
        f"{len(chunks) * _CHUNK:,} mutants of seed {options.seed}, {len(SETTINGS)} sets of rules", flush=True
    )
    total = Result()
    try:
        for result in _results(options, list(chunks)):
            _add(total, result)
    except Stalled as fault:
        print(f"STALLED or crashed in one of the chunks {fault}; run them with --chunk N")
        return 1
    _report(total, options.seed)
    return 1 if total.different else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/fuzz_redaction.py", description="Mutants through both engines."
    )
    parser.add_argument("--mutants", type=int, default=1_000_000, help=f"in chunks of {_CHUNK:,} (1,000,000)")
    parser.add_argument("--seed", type=int, default=1, help="other mutants (1)")
    parser.add_argument("--processes", type=int, default=2, help="at once (2)")
    parser.add_argument("--chunk", type=int, help="this one alone")
    return parser.parse_args()


def _results(options: argparse.Namespace, chunks: list[int]) -> Iterator[Result]:
    if len(chunks) == 1:
        yield run_chunk(options.seed, chunks[0], _CHUNK)
        return
    with ProcessPoolExecutor(options.processes) as pool:
        left = iter(chunks)
        running: dict[Future[Result], int] = {}
        said, done = time.monotonic(), 0
        while True:
            for chunk in islice(left, 2 * options.processes - len(running)):
                running[pool.submit(run_chunk, options.seed, chunk, _CHUNK)] = chunk
            if not running:
                return
            for future in _finished(running, pool):
                yield future.result()
                done += _CHUNK
            if time.monotonic() - said > _SAY_EVERY_S:
                said = time.monotonic()
                print(f"{done:>12,} mutants", file=sys.stderr, flush=True)


def _finished(running: dict[Future[Result], int], pool: ProcessPoolExecutor) -> list[Future[Result]]:
    finished, _ = wait(running, _STALLED_S, FIRST_COMPLETED)
    if not finished or any(future.exception() for future in finished):
        for process in (pool._processes or {}).values():
            process.kill()
        raise Stalled(", ".join(map(str, sorted(running.values()))))
    for future in finished:
        del running[future]
    return list(finished)


def _add(total: Result, result: Result) -> None:
    total.mutants += result.mutants
    total.different += result.different
    total.differences += result.differences[: _SHOWN - len(total.differences)]
    for name, slowest in result.slowest.items():
        total.slowest[name] = max(slowest, total.slowest.get(name, slowest))


def _report(total: Result, seed: int) -> None:
    print(f"{total.mutants:,} mutants, seed {seed}: {total.different:,} different")
    for name, (milliseconds, head) in sorted(total.slowest.items()):
        print(f"slowest long text ({name}): {milliseconds:.3f} ms/KB, it starts with {head!a}")
    for difference in total.differences:
        print(f"- rules {difference.settings}, {difference.what}\n  input: {difference.input!a}")


if __name__ == "__main__":
    sys.exit(main())
