"""Map: the test images on a plane, by what a variant's network sees of them; the explorer shows it.

REQUIRED INPUTS:
    resources/mnist/test.safetensors
    results/data.json                             its SHA-256
    results/{variant}/config.json, checkpoints/, train.json    the weights, and the SHA-256 of all of these
    results/{variant}/metrics.parquet, predict.json            which epochs have predictions

OUTPUTS, for the variants that the configuration names, none unless it has `explorer: map: true`:
    results/{variant}/map.parquet                 a row a test image: place, ten neighbours
    results/{variant}/map.json                    the record: SHA-256, times, whose features these are
"""


rule map:
    input:
        expand("<results>/{variant}/map.json", variant=MAPS),


# Time stamps of the folder of checkpoints do not count, as in predict.smk.
rule map_variant:
    input:
        record=rules.train_variant.output.record,
        checkpoints=ancient(rules.train_variant.output.checkpoints),
        config=rules.train_variant.output.config,
        metrics=rules.predict_variant.output.metrics,
        predict_record=ancient(rules.predict_variant.output.record),
        test=rules.data.output.test,
        data_record=ancient(rules.data.output.record),
    output:
        map="<results>/{variant}/map.parquet",
        record="<results>/{variant}/map.json",
    log:
        "<logs>/map/{variant}.log",
    benchmark:
        "<benchmarks>/map/{variant}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    params:
        key=map_key,
        model=lambda wildcards: variant_config(wildcards).model,
        model_args=lambda wildcards: json.dumps(variant_config(wildcards).model_args, sort_keys=True),
    shell:
        "python -m mnist_viz.map --train-record {input.record:q} --config {input.config:q}"
        " --checkpoints {input.checkpoints:q} --predict-record {input.predict_record:q} --metrics {input.metrics:q}"
        " --test {input.test:q} --data-record {input.data_record:q}"
        " --model {params.model:q} --model-args {params.model_args:q}"
        " --output {output.map:q} --record {output.record:q} --log {log:q}"
