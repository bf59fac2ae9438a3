/** Read the data, and show it. */
import { App } from "./app.js";
import { classNumbers, description, tileAddress, unpacked } from "./data/bytes.js";
import { readMaps } from "./data/maps.js";
import { Marks } from "./data/marks.js";
import { SCORES } from "./data/meaning.js";
import { Predictions } from "./data/predictions.js";
import { PackedScores } from "./data/scores.js";
import { inBackground, TURN } from "./parts/background.js";
import { divergedNote } from "./parts/diverged.js";
import { h } from "./parts/dom.js";
import { offerFiles } from "./takeaway/files.js";
import { ClassesView } from "./views/classes/classes.js";
import { CompareView } from "./views/compare.js";
import { EpochsView } from "./views/epochs.js";
import { GalleryView } from "./views/gallery.js";
import { ImagesView } from "./views/images.js";
import { MapView } from "./views/map.js";
import { ModelsView } from "./views/models.js";
import { OverviewView } from "./views/overview.js";
import { PatternsView } from "./views/patterns.js";
import { PlotView } from "./views/plot/plot.js";
import { ReliabilityView } from "./views/reliability.js";
import { TableView } from "./views/table/table.js";
import { ThresholdView } from "./views/threshold.js";

/** @import { ViewClass } from "./app.js" */
/** @import { Description } from "./data/bytes.js" */

/** @type {Record<string, [title: string, View: ViewClass]>} */
const VIEWS = {
  overview: ["Overview", OverviewView],
  table: ["Table", TableView],
  gallery: ["Gallery", GalleryView],
  compare: ["Two models", CompareView],
  epochs: ["Errors over time", EpochsView],
  classes: ["Classes", ClassesView],
  patterns: ["Patterns", PatternsView],
  images: ["Hard images", ImagesView],
  map: ["Map", MapView],
  calibration: ["Calibration", ReliabilityView],
  threshold: ["Threshold", ThresholdView],
  plot: ["Plot", PlotView],
  models: ["Models", ModelsView],
};

async function start() {
  const about = description();
  if (!about.tables.length) {
    document.getElementById("page")?.replaceChildren(nothing(about));
    document.documentElement.dataset.ready = "";
    return;
  }
  const [ids, truth, guess, ...packed] = await Promise.all(["ids", "truth", "guess", ...SCORES].map(unpacked));
  const images = new Int32Array(ids.buffer);
  const guesses = classNumbers(guess);
  const { order, completed: complete } = about;
  const scores = new PackedScores({ columns: packed, guess: guesses, images: images.length, order, complete });
  const { style, classList } = document.documentElement;
  for (let tile = 0; tile < about.tiles; tile += 1) style.setProperty(`--tile-${tile}`, `url("${tileAddress(tile)}")`);
  style.setProperty("--across", String(about.across));
  style.setProperty("--tall", String(about.height / about.width));
  classList.toggle("pixels", about.lossless);
  classList.toggle("no-pictures", about.tiles === 0);
  const { classes, testSet } = about;
  const given = about.corrected ? classNumbers(await unpacked("given")) : null;
  const data = new Predictions({
    given,
    marks: new Marks(testSet, () => localStorage, classes),
    variants: about.variants.map((variant) => variant.name),
    tables: about.tables,
    ids: images,
    truth: classNumbers(truth),
    guess: guesses,
    scores,
    omitted: about.omitted,
    classes,
  });
  const maps = await readMaps(about, data.images);
  if (maps.length === 0) delete VIEWS.map;
  offerFiles(new App(about, data, VIEWS, maps));
  document.documentElement.dataset.ready = "";
  readAhead(scores);
}

/**
 * Read the scores that nobody has asked for yet.
 *
 * @param {PackedScores} scores
 */
function readAhead(scores) {
  inBackground(() => {
    scores.readFor(TURN);
    if (!scores.whole) readAhead(scores);
  });
}

/**
 * What is shown where no variant has an epoch.
 *
 * @param {Description} about
 */
function nothing(about) {
  return h(
    "header",
    { class: "bar" },
    h("h1", {}, "No predictions on ", h("em", {}, about.dataset)),
    divergedNote(about),
  );
}

/** @param {unknown} error */
function failed(error) {
  return h(
    "div",
    { class: "failure", role: "alert" },
    h("h1", {}, "The predictions could not be read"),
    h("p", {}, error instanceof Error ? error.message : String(error)),
    h(
      "p",
      {},
      "The file may be damaged: copy it again, or make it again with snakemake --forcerun explorer. ",
      "It needs Chrome 123, Firefox 120, Safari 17.5 or newer.",
    ),
  );
}

try {
  await start();
} catch (error) {
  document.getElementById("page")?.replaceChildren(failed(error));
  throw error;
}
