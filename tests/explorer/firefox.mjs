// Does in Firefox, over WebDriver BiDi, what a list of steps says, and prints what these read and what went wrong:
// node firefox.mjs PROGRAM PAGE < steps.json
import { json } from "node:stream/consumers";
import puppeteer from "puppeteer-core";

/** @typedef {import("puppeteer-core").Page} Page */

const PATIENCE = 120_000;
const [program, address] = process.argv.slice(2);

/** What each step does; one that returns something has read it. @type {Record<string, (...told: any[]) => Promise<any>>} */
const STEPS = {
  async open(state) {
    await page.goto("about:blank");
    await page.goto(address + state);
    await page.waitForSelector("html[data-ready]");
  },
  click: (selector) => page.locator(selector).setTimeout(PATIENCE).click(),
  fill: (selector, text) => page.locator(selector).setTimeout(PATIENCE).fill(text),
  select: (selector, value) => page.select(selector, value),
  press: (key) => page.keyboard.press(key),
  /** Wait until the first element is there and holds a text. */
  see: (selector, text) =>
    page.waitForFunction(
      (one, wanted) => document.querySelector(one)?.textContent?.includes(wanted),
      {},
      selector,
      text,
    ),
  texts: (selector) =>
    // biome-ignore lint/performance/useDomNodeTextContent: as a person sees them, without what is hidden
    page.$$eval(selector, (all) => all.map((each) => /** @type {HTMLElement} */ (each).innerText)),
  attributes: (selector, name) => page.$$eval(selector, (all, one) => all.map((each) => each.getAttribute(one)), name),
  /** How many colours a canvas has, without those that two of them make where they meet. */
  colours: (selector) =>
    page.$eval(selector, (canvas) => {
      const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
      const drawing = /** @type {HTMLCanvasElement} */ (canvas).getContext("2d");
      const pixels = new Uint32Array(drawing?.getImageData(0, 0, width, height).data.buffer ?? []);
      const counts = new Map();
      for (const pixel of pixels) if (pixel >>> 24 === 255) counts.set(pixel, 1 + (counts.get(pixel) ?? 0));
      return [...counts.values()].filter((count) => count > 50).length;
    }),
  address: async () => page.url().slice(address.length),
  /** How much of the page does not fit beside each other, in pixels. */
  beyond: () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
};

const browser = await puppeteer.launch({ browser: "firefox", executablePath: program, timeout: PATIENCE });
const page = await browser.newPage();
/** @type {string[]} */
const heard = [];
page.setDefaultTimeout(PATIENCE);
page.on("console", (message) => heard.push(`${message.type()}: ${message.text()}`));
page.on("pageerror", (error) => heard.push(String(error)));
page.on("request", (request) => /^(file|blob|about|data):/.test(request.url()) || heard.push(request.url()));
await page.setViewport({ width: 1360, height: 860 });
const read = [];
try {
  for (const [name, ...told] of /** @type {any[]} */ (await json(process.stdin))) {
    const found = await STEPS[name](...told).catch((error) => {
      throw new Error(`${name} ${told.join(" ")}: ${error.message}`);
    });
    if (["texts", "attributes", "colours", "address", "beyond"].includes(name)) read.push(found);
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify({ read, heard }));
