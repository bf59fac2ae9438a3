/** The points of a plane as a chart that is saved: a path for each group, of what the canvas shows at that time. */
import { s } from "./dom.js";
import { squareSize } from "./dots.js";

/** @import { Group } from "./dots.js" */
/** @import { Scatter } from "./scatter.js" */

/** @param {Scatter} scatter */
export function pointsChart(scatter) {
  const { width, height, zoom } = scatter.port;
  const size = squareSize(zoom);
  const path = (/** @type {Group} */ { colour, images }) => {
    const squares = [];
    for (let index = 0; index < images.length; index += 1) {
      const [x, y] = scatter.at(images[index]);
      if (x < 0 || x > width || y < 0 || y > height) continue;
      squares.push(`M${(x - size / 2).toFixed(1)} ${(y - size / 2).toFixed(1)}h${size}v${size}h-${size}z`);
    }
    return s("path", { d: squares.join(""), style: { fill: colour } });
  };
  const groups = [scatter.others, ...scatter.groups].filter(({ images }) => images.length);
  return /** @type {SVGSVGElement} */ (s("svg", { viewBox: `0 0 ${width} ${height}` }, groups.map(path)));
}
