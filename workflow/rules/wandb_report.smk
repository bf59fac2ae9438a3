"""The report in Weights & Biases: a run with the comparison's tables and charts, and a page that reads like a tutorial.

REQUIRED INPUTS:
    results/{variant}/wandb.json                  the receipts of the uploads, of every variant
    results/comparison/*.parquet                  the three answers
    results/images.parquet
    results/comparison.json, data.json            their SHA-256

OUTPUTS:
    results/wandb_report.json                     the receipt: where the run and the report are

It is a part of the whole run in mode online, unless the configuration has `wandb: report: false`.
"""


# Paths and no rules.….output, as in explorer.smk.
rule wandb_report:
    input:
        receipts=expand("<results>/{variant}/wandb.json", variant=VARIANTS),
        tables=expand(
            "<results>/comparison/{table}.parquet",
            table=["disagreements", "errors_over_time", "errors_by_guess"],
        ),
        images="<results>/images.parquet",
        records=ancient(["<results>/comparison.json", "<results>/data.json"]),
    output:
        record="<results>/wandb_report.json",
    log:
        "<logs>/wandb_report.log",
    benchmark:
        "<benchmarks>/wandb_report.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    resources:
        wandb_uploads=1,
    params:
        results=subpath(output.record, parent=True),
        groups=GROUPS,
        reference=settings.reference,
        wandb=json.dumps(REPORT, sort_keys=True),
        key=key("wandb_report", {"groups": settings.groups, "reference": settings.reference, "wandb": REPORT}),
    shell:
        "python -m mnist_viz.wandb_report --results {params.results:q}"
        " --arguments <(printf '%s\\0' --groups {params.groups:q} --reference {params.reference:q})"
        " --wandb {params.wandb:q} --record {output.record:q} --log {log:q}"
