"""The columns of a map, from features."""

import numpy as np
import pyarrow as pa

from mnist_viz.mapping import layout, neighbours
from mnist_viz.store.maps import MAP, NEIGHBOURS


def columns(found: np.ndarray) -> dict[str, object]:
    """The columns of the map of images with features float32 [N, D]."""
    count = len(found)
    most = max(layout.needed(count), min(NEIGHBOURS, max(0, count - 1)))
    order, squared = neighbours.nearest(neighbours.levels(found), most)
    taken = layout.needed(count)
    points = layout.coordinates(layout.layout(found, order[:, :taken], squared[:, :taken]))
    own = order[:, :NEIGHBOURS]
    starts = np.arange(0, own.size + 1, max(1, own.shape[1]), dtype=np.int32)
    starts = starts if own.shape[1] else np.zeros(count + 1, np.int32)
    return {
        "id": np.arange(count, dtype=np.int32),
        "x": points[:, 0],
        "y": points[:, 1],
        "neighbours": pa.ListArray.from_arrays(starts, pa.array(own.ravel()), type=MAP.field("neighbours").type),
    }
