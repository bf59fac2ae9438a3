/** What each column of a prediction is, and how its values are written. */

/** @typedef {"text" | "integer" | "image" | "flag" | "share" | "real"} Kind A share is a number from 0 to 1. */
/** @typedef {{ kind: Kind, meaning: string }} Meaning */

/** How many there are: the page says it at its beginning. */
export const CLASSES = Number(globalThis.document?.documentElement.dataset.classes ?? 10);
export const SCORES = Array.from({ length: CLASSES }, (_, digit) => `score_${digit}`);

/** The columns of a prediction, in the order in which they are shown. @type {Record<string, Meaning>} */
export const MEANING = {
  variant: { kind: "text", meaning: "the model variant" },
  epoch: { kind: "integer", meaning: "training epochs completed" },
  id: { kind: "integer", meaning: "the image's index in the test set" },
  image: { kind: "image", meaning: "the image" },
  guess: { kind: "integer", meaning: "the class with the highest score" },
  truth: { kind: "integer", meaning: "the label" },
  given: { kind: "integer", meaning: "the label before corrections" },
  correct: { kind: "flag", meaning: "guess == truth" },
  confidence: { kind: "share", meaning: "the score of the guess" },
  margin: { kind: "share", meaning: "the score of the guess minus the next highest score" },
  true_score: { kind: "share", meaning: "the score of the truth" },
  loss: {
    kind: "real",
    meaning: "negative log likelihood of the truth, in nats; at most 87.34, as scores below 1.2e-38 are 0",
  },
  entropy: { kind: "real", meaning: "entropy of the scores, in nats" },
  models_wrong: { kind: "integer", meaning: "how many variants guess the image wrong after their last epochs" },
};
for (const [index, name] of SCORES.entries())
  MEANING[name] = { kind: "share", meaning: `softmax probability of class ${index}` };

/** The columns of marks. @type {Record<string, Meaning>} */
export const OF_MARKS = {
  marked: { kind: "flag", meaning: "whether you marked the image" },
  proposed: { kind: "integer", meaning: "the label that your mark proposes" },
  excluded: { kind: "flag", meaning: "whether your mark says that the image is not to be counted" },
  note: { kind: "text", meaning: "your note on the image" },
};
Object.assign(MEANING, OF_MARKS);

/** The column of two joined tables that neither has alone. @type {Meaning} */
export const DISTANCE = {
  kind: "share",
  meaning: "how far apart the scores of A and B are: half the sum of the absolute differences (total variation)",
};

/** What is shown for the truth of an image whose class is not known. */
export const UNKNOWN = "not known";
/** The columns that have no value where the truth is not known. */
export const OF_THE_TRUTH = new Set(["correct", "true_score", "loss", "models_wrong"]);

/** The columns that are the same in every table, so that a join has them once. */
export const OF_THE_IMAGE = new Set(["id", "image", "truth", "given", "models_wrong", ...Object.keys(OF_MARKS)]);

/**
 * Whether the column belongs to the two joined tables rather than to a single prediction.
 *
 * @param {string} name
 */
export function isJoined(name) {
  return name === "distance" || /^[ab]\./.test(name);
}

/**
 * What the column of that name is; of `a.guess` what `guess` is.
 *
 * @param {string} name
 */
export function meaningOf(name) {
  const base = name.replace(/^[ab]\./, "");
  return base === "distance" ? DISTANCE : MEANING[base];
}
