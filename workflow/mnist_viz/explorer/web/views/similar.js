/** In the details of an image: those that the network sees most alike. */
import { neighboursOf } from "../data/maps.js";
import { counted, h } from "../parts/dom.js";
import { digitButton } from "../parts/pictures.js";
import { roving } from "../parts/roving.js";

/** @import { App } from "../app.js" */

/**
 * The neighbours of an image, each of which opens its details; nothing where the page has no map.
 *
 * @param {App} app
 * @param {number} image
 */
export function similar(app, image) {
  const { data, maps, state } = app;
  const map = maps.find(({ about }) => about.variant === state.map) ?? maps[0];
  if (!map) return "";
  const near = neighboursOf(map, image);
  const { variant, epoch, neighbours } = map.about;
  const lost = neighbours - near.length;
  const pictures = near.map((each) =>
    h(
      "figure",
      {},
      digitButton(app, each, { size: 48, list: state.list }),
      h("figcaption", { class: data.truth[each] === data.truth[image] ? "" : "other" }, data.truthOf(each)),
    ),
  );
  const title = `similar to image ${data.ids[image]}`;
  const open = () => app.openTable(null, { rows: "all" }, { title, images: near });
  return h(
    "section",
    { class: "similar", "aria-label": "similar images" },
    h("h3", {}, "Similar images ", h("small", {}, `to ${variant} after epoch ${epoch}, the nearest first`)),
    roving(h("div", { class: "gallery" }, pictures), ".digit"),
    lost > 0
      ? h("p", { class: "source" }, `${counted(lost, "image")} of ${neighbours} not among those of this page.`)
      : "",
    near.length ? h("button", { type: "button", click: open }, "open in the table") : "",
  );
}
