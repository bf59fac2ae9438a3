"""The versions of the file formats. A version is raised when a format changes: names, order, types, nullability,
encoding or the keys of the metadata. The stages that read or write it then run again; see `stages`."""

FORMATS = {
    "split": 2,  # training.split: images and labels (safetensors)
    "checkpoint": 2,  # train: the weights after an epoch (safetensors)
    "state": 2,  # training.resume: what a stopped training continues from (safetensors)
    "images": 2,  # store.tables.images (Parquet)
    "history": 2,  # store.tables.HISTORY (Parquet)
    "predictions": 2,  # store.tables.predictions (Parquet)
    "metrics": 2,  # store.tables.METRICS (Parquet)
    "classes": 1,  # store.tables.CLASS_NAMES (Parquet)
    "disagreements": 2,  # store.comparisons.disagreements (Parquet)
    "errors_over_time": 2,  # store.comparisons.ERRORS_OVER_TIME (Parquet)
    "errors_by_guess": 2,  # store.comparisons.errors_by_guess (Parquet)
    "map": 1,  # store.maps.MAP (Parquet)
    "record": 1,  # job.records (JSON)
}

DIGITS = tuple("0123456789")
"""The names of MNIST's classes: those of a dataset, and of a file, that says no others."""
