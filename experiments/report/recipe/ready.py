"""Whether an ablation can say yet what belongs into a recipe."""

from collections import Counter

from experiments.report.path import shown
from experiments.results.path import proved
from experiments.results.study import Study


def unready(study: Study) -> str:
    """Why no recipe can be taken from a study; empty where one can."""
    ablation = study.plan.ablation
    if ablation.conditions:
        why = "tuned and untuned arms" if ablation.tune else f"conditions ({', '.join(ablation.conditions)})"
        return f"it has {why}, a recipe is for one: take it from an ablation without them"
    states_needed = [row["status"] for row in study.rows if row["status"].needed]
    missing = Counter(state for state in states_needed if not state.ended)
    if missing:
        states = ", ".join(f"{count} {state}" for state, count in missing.items())
        return (
            f"{missing.total()} of {len(states_needed)} trials are not finished ({states}); "
            "finish them with `trickbench ablate`, a recipe needs all verdicts"
        )
    if study.unsound:
        return "; ".join(f"{fault.said[0].lower()}{fault.said[1:]}" for fault in study.unsound)
    if {verdict.verdict for verdict in study.verdicts} == {"not estimable"}:
        return "no effect could be judged; a recipe takes two seeds or more that both ran"
    found = proved(study)
    if found is not None and found.verdict != "helps":
        return f"fresh seeds did not confirm that of the path, {found.arm}: {shown(study, found)}"
    return ""
