"""Provenance: all results as an RO-Crate, to be read by other programs.

REQUIRED INPUTS:
    results/{stage}.json, results/{variant}/…     the records of all jobs, by the list of stages (stages.py)
    results/{variant}/config.json

OUTPUTS:
    results/provenance/                           ro-crate-metadata.json, the configuration, the workflow's code and
                                                  that of models of your own
    results/provenance.json                       the record: SHA-256, times, software
"""

from mnist_viz.provenance import described


# Paths and no rules.….output, as in explorer.smk.
rule provenance:
    input:
        records=[f"{ROOT}{path}" for path in described(DATASET, VARIANTS, REPORTED, MAPS)],
        configurations=expand("<results>/{variant}/config.json", variant=VARIANTS),
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
        models=sorted({own.model for own in settings.variants.values()}),
        reported=json.dumps(REPORTED),
        maps=["--maps", *MAPS] if MAPS else [],
        key=key("provenance", {"variants": VARIANTS, "reported": REPORTED, **({"maps": MAPS} if MAPS else {})}),
    shell:
        "python -m mnist_viz.provenance --results {params.results:q} --variants {params.variants:q}"
        " --models {params.models:q} --folder {output.crate:q} --reported {params.reported:q}"
        " {params.maps:q} --record {output.record:q} --log {log:q}"
