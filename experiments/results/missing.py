"""What anybody's runs lack: seeds without a partner, and runs that do not count."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from experiments.results.read_runs import Read

NAMED = 12  # runs that a line names


def remarks(read: Read, metric: str, pick: str, baseline: str, placebo: str | None, raced: bool) -> list[str]:
    """Lines about which value of each run counts, the runs that were left out, and the seeds that are missing.

    Args:
        read: The runs.
        metric: What they are judged by.
        pick: Which of a run's values counts.
        baseline: The arm that the others are paired with.
        placebo: An arm that shares no seeds with it.
        raced: Whether arms may stop at fewer seeds than the baseline.
    """
    out = [f"Left out, {why}: {_listed(names)}." for why, names in read.left_out.items()]
    own = {arm: seeds for arm, seeds in read.scores.items() if arm not in (baseline, placebo)}
    return [*_histories(read.lengths, metric, pick), *out, *_missing(own, baseline, read.scores[baseline], raced)]


def _histories(lengths: Mapping[str, int], metric: str, pick: str) -> Iterator[str]:
    most = max(lengths.values(), default=1)
    if most > 1:
        yield f"Of each run the {pick} {metric} counts (--pick)."
    elif pick != "last":
        yield f"There is one {metric} for each run: --pick {pick} has nothing to pick from."
    short = [f"{name} ({length})" for name, length in lengths.items() if length < most]
    if short:
        yield f"Fewer {metric} than the {most} of others, so perhaps unfinished: {_listed(short)}."


def _missing(arms: Mapping[str, Collection[int]], baseline: str, known: Collection[int], raced: bool) -> Iterator[str]:
    for arm, seeds in arms.items():
        due = [seed for seed in sorted(known) if seed not in seeds and not (raced and seed > max(seeds))]
        if due:
            yield _unpaired(arm, baseline, due)
        alone = [seed for seed in sorted(seeds) if seed not in known]
        if alone:
            yield _unpaired(baseline, arm, alone)


def _unpaired(arm: str, other: str, seeds: Sequence[int]) -> str:
    many, named = len(seeds) > 1, _listed(list(map(str, seeds)))
    return f"{arm} lacks seed{'s' * many} {named}, which {other} has: {'they stay' if many else 'it stays'} unpaired."


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"
