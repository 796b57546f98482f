"""Whether an ablation can say yet what belongs into a recipe."""

from collections import Counter

from experiments.errors import UserError
from experiments.results.study import Study


def refuse_unready(study: Study) -> None:
    """Refuse a study from which no recipe can be taken.

    Raises:
        UserError: If it has conditions or is tuned, or a trial is missing.
    """
    ablation = study.plan.ablation
    if ablation.conditions:
        why = "tuned and untuned arms" if ablation.tune else f"conditions ({', '.join(ablation.conditions)})"
        raise UserError(f"{ablation.file}: it has {why}, a recipe is for one: take it from an ablation without them")
    missing = Counter(row["status"] for row in study.rows if row["status"].needed and not row["status"].ended)
    if missing:
        states = ", ".join(f"{count} {state}" for state, count in missing.items())
        raise UserError(
            f"{ablation.file}: {missing.total()} of {len(study.rows)} trials are not finished ({states}); "
            "finish them with `trickbench ablate`, a recipe needs all verdicts"
        )
