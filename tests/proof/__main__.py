"""Runs many seeds, one after the other: python -m tests.proof --seeds 1-20 --database both"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from models.people.addresses import Channel
from tests.proof.run import BOTH, CLOCKS, Findings, Size, prove


def main() -> None:
    options = argparse.ArgumentParser(
        prog="python -m tests.proof", description="No text is lost and none doubled: the proof."
    )
    options.add_argument("--seeds", type=seeds, default=seeds("1-20"), help="one, or from-to: 1-20")
    options.add_argument("--database", choices=[*CLOCKS, "both"], default="both")
    options.add_argument("--guests", type=int, default=200)
    options.add_argument("--servicers", type=int, default=8)
    options.add_argument("--fault-rate", type=float, default=0.3)
    options.add_argument("--kills", type=int, default=1000, help="at most so many in a run")
    options.add_argument("--channels", default=" ".join(Channel), help="those of the guests, in turn")
    options.add_argument("--keep", type=Path, help="keep the folders of the runs here")
    chosen = options.parse_args()
    size = Size(
        guests=chosen.guests,
        servicers=chosen.servicers,
        seconds_to_join=chosen.guests / 10,
        fault_rate=chosen.fault_rate,
        most_kills=chosen.kills,
        channels=tuple(Channel(name) for name in chosen.channels.replace(",", " ").split()),
    )
    if chosen.keep:
        chosen.keep.mkdir(parents=True, exist_ok=True)
    runs: list[Findings] = []
    for seed in chosen.seeds:
        for database in BOTH if chosen.database == "both" else [chosen.database]:
            folder = Path(tempfile.mkdtemp(prefix=f"proof-{seed}-{database}-", dir=chosen.keep))
            findings = prove(seed=seed, database=database, size=size, folder=folder)
            runs.append(findings)
            print(findings, flush=True)
            for fault in findings.faults:
                print(f"    {fault}", flush=True)
            if findings.faults:
                print(f"    its logs: {folder}", flush=True)
            elif not chosen.keep:
                shutil.rmtree(folder)
    print(in_sum(runs))
    sys.exit(any(run.faults for run in runs))


def seeds(words: str) -> range:
    first, _, last = words.partition("-")
    return range(int(first), int(last or first) + 1)


def in_sum(runs: list[Findings]) -> str:
    texts = sum(run.texts for run in runs)
    listed = sum(run.settled_by_list for run in runs)
    faults = sum(len(run.faults) for run in runs)
    kills = sum(sum(run.kills.values()) for run in runs)
    return (
        f"{len(runs)} runs: {faults} faults; {texts} sends, {sum(run.on_screens for run in runs)} texts on"
        f" screens, {kills} kills; {listed} sends ({listed / max(1, texts):.1%}) needed the carrier's list."
    )


if __name__ == "__main__":
    main()
