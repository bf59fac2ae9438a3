"""Provenance: all results as an RO-Crate, to be read by other programs.

REQUIRED INPUTS:
    resources/mnist/download.json, results/data.json, explorer.json, summary.json          the records of all jobs
    results/{variant}/train.json, predict.json, wandb.json
    results/{variant}/config.json

OUTPUTS:
    results/provenance/                           ro-crate-metadata.json, the configuration, the workflow's code
    results/provenance.json                       the record: SHA-256, times, software
"""


# Paths and no rules.….output, as in explorer.smk.
rule provenance:
    input:
        downloaded="<resources>/mnist/download.json" if DATASET.files else [],
        records=["<results>/data.json", "<results>/explorer.json", "<results>/summary.json"],
        variants=expand(
            "<results>/{variant}/{file}",
            variant=VARIANTS,
            file=["config.json", "train.json", "predict.json", "wandb.json"],
        ),
    output:
        crate=directory("<results>/provenance"),
        record="<results>/provenance.json",
    log:
        "<logs>/provenance.log",
    benchmark:
        "<benchmarks>/provenance.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        results=subpath(output.record, parent=True),
        variants=VARIANTS,
        key=key("provenance", {"variants": VARIANTS}),
    shell:
        "python -m mnist_viz.provenance --results {params.results} --variants {params.variants}"
        " --downloaded {input.downloaded} --folder {output.crate} --record {output.record} --log {log}"
