"""The stages of the pipeline, one module each; every stage is also a command, `python -m mnist_viz.<stage> --help`."""
