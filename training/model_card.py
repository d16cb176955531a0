"""MODEL_CARD.md of a bundled model, from its facts."""

from __future__ import annotations

from mammoview.assess.models.bundle import ModelCardFacts
from mammoview.assess.models.platt import UNSCALED
from mammoview.core.false_mark_budgets import FALSE_MARK_BUDGETS

ASSUMED_PITCH = ("1", "2", "3", "4", "4.1")
"""Versions that were trained at an assumed pixel pitch."""
PITCH = {
    True: "assumed (50 um, 43.5 um for films of more than 5000 rows), for 27 % of the films 13 % off",
    False: "that of the digitizer which the size of the film tells",
}
LEADING_UM = 200
"""The magnification that saliency and plain calls use: the only one whose data had native detail."""

PURPOSE = {
    "tissue_classifier": "says whether a square of breast tissue holds a finding (a mass, above all)",
    "squeezenet_classifier": "says whether a square of breast tissue holds a finding (a mass, above all)",
    "rescorer": "says of a candidate, seen in 51 mm of its surroundings, whether it is a finding (a mass, above all)",
    "cluster_network": "says whether small bright spots that lie close together are a cluster of calcifications",
    "squeezenet_heatmap": "outlines suspicious regions of a whole mammogram on a lattice of 3.2 mm, from 400 um pixels",
    "heatmap": "outlines suspicious regions of a whole mammogram on a lattice of 3.2 mm, from 400 um pixels",
    "fused_heatmap": "redraws the baseline heatmap with the tissue classifier's grid and the place in the breast",
}


RARER = "Where findings are rare, as in screening, it is lower: compare scores, do not take them for a woman's risk."


CHOSEN = "That it meets hard findings more often was chosen of two ways by these figures, a little too good for it."
"""How the re-scorer's way of training was chosen."""
SYNTHETIC = (
    "These are normal views of mini-MIAS, and tissue of CBIS-DDSM away from the masses. To half of the patches a",
    "synthetic cluster of calcifications was added; no real calcification was shown as such.",
)
"""What the network of clusters is trained on."""
LOOKED_AT = (
    "How faint the synthetic clusters are, and what counts as a bright spot, was set by looking at mini-MIAS, whose",
    "calcifications are counted here: the figures are a little too good for it.",
)
"""How the settings of the network of clusters were chosen."""


def _scored(facts: ModelCardFacts) -> list[str]:
    """Lines about the curve from logits to the scores of findings."""
    scores = facts.cluster_scoring or facts.scoring
    if scores is None:
        return []
    of = "candidates" if facts.cluster_scoring is None else "candidates and clusters of bright spots"
    return [
        "## Score",
        "The score of a finding is a frequency: of 100 marks scored so, how many held a finding, out of fold, among",
        f"{sum(p.n for p in scores.curve)} {of} of these archives, where most views hold a mass.",
        RARER,
        "",
        "| combined logit | frequency | interval | marks |",
        "|---|---|---|---|",
        *(f"| {p.logit:.2f} | {p.frequency:.3f} | {p.low:.3f} to {p.high:.3f} | {p.n} |" for p in scores.curve),
        "",
    ]


def _operating(facts: ModelCardFacts) -> list[str]:
    """Lines about sensitivity against false marks, and about the frequency by score."""
    lines: list[str] = []
    if facts.curve is not None:
        curve = facts.curve.with_thresholds(facts.shown.threshold)
        lines += [
            "## Operating curve",
            f"Marks on {curve.of} and on {curve.normal_views} normal views, of {curve.patients} women; made by",
            f"{curve.split}. 95 % intervals over women.",
            "",
            "| false marks per normal view | threshold | false marks there, interval | sensitivity | interval |",
            "|---|---|---|---|---|",
        ]
        for budget in FALSE_MARK_BUDGETS:
            threshold, hit = curve.threshold_at(budget), curve.sensitivity_at(budget)
            false = curve.false_marks_at(threshold)
            lines.append(
                f"| {budget:g} | {threshold:.4f} | {false.low:.2f} to {false.high:.2f} "
                f"| {hit.value:.3f} | {hit.low:.3f} to {hit.high:.3f} |"
            )
        lines.append("")
    if (odds := facts.odds) is not None and not _scored(facts):
        lines += [
            "## Score",
            f"Of 100 marks scored so, how many held a finding, among {odds.marks} marks; made by {odds.split}.",
            RARER,
            "",
            "| score | frequency | interval | marks |",
            "|---|---|---|---|",
            *(f"| {p.score:.4f} | {p.frequency:.3f} | {p.low:.3f} to {p.high:.3f} | {p.n} |" for p in odds.points),
            "",
        ]
    return lines


def card(facts: ModelCardFacts, count: int) -> str:
    """Return the text of MODEL_CARD.md."""
    rows = []
    for name, f in facts.figures.items():
        rows.append(f"| {name} | {f['value']} | {f['low']} to {f['high']} | {f['n']} |")
    chosen = [
        f"* {name}: {facts.shown.threshold(t.value):.4f} (sensitivity {t.sensitivity:.3f}"
        + (f", specificity {t.specificity:.3f}" if t.specificity is not None else "")
        + (
            f", {t.false_positives_per_image:.2f} false marks per image"
            if t.false_positives_per_image is not None
            else ""
        )
        + f"; chosen on {t.chosen_on})"
        for name, t in facts.thresholds.items()
    ]
    lines = [
        f"# {facts.name}, version {facts.version}",
        "",
        f"A network of {count:,} parameters that {PURPOSE[facts.network.kind]}.",
        f"It reads pixels of {facts.um_per_px} um, normalised as {facts.normalisation}.",
        "",
        "## Intended use",
        "Research and education: to study what a model sees. **Not a medical device**, not for diagnosis, not for",
        "triage. A second look for readers who form their own opinion first.",
        "",
        "## Data",
        f"Trained on {facts.training['training_mammograms']} mammograms of "
        f"{facts.training['training_patients']} women:",
        f"{facts.training['part']} of the data. {facts.training['data']}.",
        "The CBIS-DDSM copy was squashed to 800 x 800 pixels (about 0.29 mm down, 0.18 mm across) before training; its",
        f"pixel pitch is {PITCH[facts.version in ASSUMED_PITCH]}. mini-MIAS is for research only,",
        "so treat these weights alike.",
        *(SYNTHETIC if facts.cluster_scoring is not None else ()),
        *([f"The first weights were those of {start}."] if (start := str(facts.training.get("start", ""))) else []),
        *(
            [
                f"At {facts.um_per_px} um most images were up-sampled: no detail finer than about 0.2 mm was seen.",
                "Calcifications cannot be judged from such data.",
            ]
            if facts.um_per_px < LEADING_UM
            else []
        ),
        "",
        *_scored(facts),
        *_operating(facts),
        "## Figures",
        f"Of {'five models like this one' if facts.cluster_scoring is None else 'two networks like this one'}, each on "
        "women that it never saw, with patient-clustered 95 % bootstrap intervals.",
        *([CHOSEN] if facts.scoring is not None else []),
        *(LOOKED_AT if facts.cluster_scoring is not None else ()),
        *(
            [f"Temperature {facts.temperature:.3f}; the intercept of the calibration is in the last bias."]
            if facts.prior is not None
            else []
        ),
        *(
            [
                "Heatmap and re-scorer are given probabilities with this calibration. A reader is shown another,",
                f"fitted on patches of at least 80 % tissue: a logit z becomes {facts.shown.slope:.3f} z "
                f"{facts.shown.intercept:+.3f}. It moves no mark, and no cell across a",
                "threshold; thresholds here are as shown.",
            ]
            if facts.shown != UNSCALED
            else []
        ),
        *(
            [
                f"Beside it lie the weights of {len(facts.folds)} further folds, which learned from other women of the",
                "same data: at a finding, the range of all folds says how much hangs on whom the model learned from.",
            ]
            if facts.folds
            else []
        ),
        "",
        "| figure | value | interval | n |",
        "|---|---|---|---|",
        *rows,
        "",
        "## Thresholds",
        *(chosen or ["None of its own."]),
        "",
        "## Limits",
        "* Digitised film only: digital mammograms (FFDM), tomosynthesis, implants, magnified and spot views were",
        "  never seen.",
        "* Mostly masses. Calcifications are below the resolution of most of the training images; few asymmetries and",
        "  distortions were seen.",
        "* Masses within 10 mm of the skin and architectural distortions are found less often than other masses. On",
        "  mini-MIAS, whose films and findings differ, fewer findings are found at as many false marks. Where no mark",
        "  is, there may be a finding all the same.",
        "* Calcifications are found as clusters of bright spots at 200 um: of the 23 of mini-MIAS 7 are hit at one",
        "  false mark per image (30 %, 95 % interval 13 to 52 %), without the network of clusters 2. Of others hardly",
        "  anything is known: those of CBIS-DDSM are in none of these sets. Of the four of the fold that none of the",
        "  bundled models saw none is hit, and there clusters cost more of the masses' sensitivity (.023 at one",
        "  false mark per image) than over all five folds (.007).",
        "* Normal tissue comes mostly from the images with findings and from mini-MIAS; few normal DDSM views were",
        "  added.",
        "* It answers to scanners of the 1990s, and to the women of those archives; other populations were not tested.",
        "",
    ]
    return "\n".join(lines)
