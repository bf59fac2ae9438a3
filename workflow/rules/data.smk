"""Data: MNIST as downloaded, and as the later stages read it.

REQUIRED INPUTS: none. Needs the network (or files placed by hand) for `dataset: name: mnist`, nothing for `sample`.

OUTPUTS:
    resources/mnist/raw/*.gz                      the four files, checked by SHA-256
    resources/mnist/{train,test}.safetensors      images uint8 [N, 28, 28], labels uint8 [N]
    results/images.parquet                        the test images as PNG
    resources/mnist/download.json, results/data.json    the records: SHA-256, times, software
"""


# Files that lie there already, placed by hand for instance, are kept if their digest is right.
rule download:
    output:
        raw=update(
            multiext(
                "<resources>/mnist/raw/",
                "train-images-idx3-ubyte.gz",
                "train-labels-idx1-ubyte.gz",
                "t10k-images-idx3-ubyte.gz",
                "t10k-labels-idx1-ubyte.gz",
            )
        ),
        record="<resources>/mnist/download.json",
    log:
        "<logs>/download.log",
    benchmark:
        "<benchmarks>/download.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        dataset=config["dataset"]["name"],
        folder=subpath(output[0], parent=True),
    shell:
        'python -m mnist_viz.download --dataset {params.dataset} --mirrors "$MNIST_VIZ_MIRRORS" --folder {params.folder}'
        " --record {output.record} --log {log}"


rule data:
    input:
        raw=branch(
            config["dataset"]["name"],
            cases={"mnist": rules.download.output.raw, "sample": []},
        ),
    output:
        train="<resources>/mnist/train.safetensors",
        test="<resources>/mnist/test.safetensors",
        images="<results>/images.parquet",
        record="<results>/data.json",
    log:
        "<logs>/data.log",
    benchmark:
        "<benchmarks>/data.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        dataset=config["dataset"]["name"],
        code=stage_digest("data"),
    shell:
        "python -m mnist_viz.data --dataset {params.dataset} --raw {input.raw} --train {output.train}"
        " --test {output.test} --images {output.images} --record {output.record} --log {log}"
