"""Data: the dataset as downloaded, and as the later stages read it.

REQUIRED INPUTS: none. Needs the network (or files placed by hand) for a dataset that has files, as `mnist`, nothing for
one that has none, as `sample`, and the files under its path for one of the user's own. Those are no inputs: there may be
100,000 of them. What counts is one digest of their names and contents. So it is with the file under `corrections`.

OUTPUTS:
    resources/mnist/raw/*                         the dataset's files, checked by SHA-256
    resources/mnist/{train,test}.safetensors      images uint8 [N, H, W] or [N, H, W, 3], labels [N]
    results/images.parquet, classes.parquet       the test images as PNG or JPEG, the names of the classes
    resources/mnist/download.json, results/data.json    the records: SHA-256, times, software
"""


# Files that lie there already, placed by hand for instance, are kept if their digest is right.
rule download:
    output:
        raw=update(expand("<resources>/mnist/raw/{file}", file=list(SOURCE.files))),
        record="<resources>/mnist/download.json",
    log:
        "<logs>/download.log",
    benchmark:
        "<benchmarks>/download.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        key=key("download", DATA),
        dataset=DATASET,
        resources=subpath(output.record, parent=True),
    shell:
        'python -m mnist_viz.download --dataset {params.dataset:q} --mirrors "$MNIST_VIZ_MIRRORS"'
        " --folder {params.resources:q}/raw --record {output.record:q} --log {log:q}"


rule data:
    input:
        raw=rules.download.output.raw,
    output:
        train=restored_after_failure("<resources>/mnist/train.safetensors"),
        test=restored_after_failure("<resources>/mnist/test.safetensors"),
        images=restored_after_failure("<results>/images.parquet"),
        classes=restored_after_failure("<results>/classes.parquet"),
        record=restored_after_failure("<results>/data.json"),
    log:
        "<logs>/data.log",
    benchmark:
        "<benchmarks>/data.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    threads: 64 if OWN else 1
    params:
        key=json.dumps(DATA_KEY, sort_keys=True),
        dataset=DATASET,
        own=["--own", OWN.to_json()] if OWN else [],
        corrections=["--corrections", settings.dataset.corrections] if settings.dataset.corrections else [],
    shell:
        "python -m mnist_viz.data --arguments <(printf '%s\\0' --dataset {params.dataset:q} {params.own:q})"
        " {params.corrections:q} --processes {threads:q}"
        " --raw {input.raw:q} --train {output.train:q}"
        " --test {output.test:q} --images {output.images:q} --classes {output.classes:q}"
        " --record {output.record:q} --log {log:q}"
