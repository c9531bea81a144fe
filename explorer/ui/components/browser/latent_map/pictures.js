import { drawingOn, part, resize } from "../shared/dom.js";
import { fetchPicture, Sheets } from "../shared/sheets.js";
import { covers, greyLevels, interpolate } from "./decoder.js";

/** @typedef {import("./decoder.js").Grid} Grid */
/** @typedef {import("./view.js").Position} Position */

/** @typedef {object} Images as latent_layers.py packs them
 * @property {string} sheet the address of a PNG file, row by row
 * @property {string} hash of the sheet's content
 * @property {number} count
 * @property {number} columns images beside each other
 * @property {number} height of an image in pixels
 * @property {number} width */

/** @type {Sheets<Uint8Array>} */
const levelsOf = new Sheets(4);
/** @type {Sheets<ImageBitmap>} */
const sheetOf = new Sheets(2); // one of 10,000 digits takes 30 MB

/** The pictures beside the map: what is decoded, and the test image that the pointer is on with what is decoded there,
 * which with two latents is its reconstruction. */
export class Pictures {
  /** @param {HTMLElement} side
   * @param {() => void} changed called when pictures have come, or cannot */
  constructor(side, changed) {
    this.changed = changed;
    this.here = part(side, ".here", HTMLElement);
    this.caption = part(this.here, "figcaption", HTMLElement);
    this.decoded = part(side, ".decoded", HTMLCanvasElement);
    this.pair = part(side, ".pair", HTMLElement);
    this.original = part(side, ".original", HTMLCanvasElement);
    this.again = part(side, ".again", HTMLCanvasElement);
    this.failure = "";
    /** @type {Grid | null} */
    this.grid = null;
    /** @type {Images | null} */
    this.images = null;
    /** @type {Uint8Array | null} the grid's grey levels, once they are fetched */
    this.levels = null;
    /** @type {ImageBitmap | null} the test images, once they are fetched */
    this.sheet = null;
  }

  /** Fetch what has not been fetched, the large sheet of test images after the map has been drawn.
   * @param {Grid | null} grid
   * @param {Images | null} images */
  update(grid, images) {
    this.failure = "";
    if (this.grid?.hash !== grid?.hash) this.levels = null;
    if (this.images?.hash !== images?.hash) this.sheet = null;
    Object.assign(this, { grid, images });
    this.here.hidden = !(grid || images);
    this.pair.hidden = !(grid && images);
    this.size(this.decoded, grid ?? images);
    this.size(this.original, images);
    this.size(this.again, grid);
    if (grid && !this.levels) this.fetchLevels(grid);
    if (images && !this.sheet) setTimeout(() => this.fetchSheet(images), 50);
  }

  /** @param {Grid} grid */
  fetchLevels(grid) {
    const made = levelsOf.get(grid.hash, async () => greyLevels(await fetchPicture(grid.sheet), grid));
    const wanted = () => this.grid?.hash === grid.hash;
    this.take(made, wanted, (levels) => {
      this.levels = levels;
    });
  }

  /** @param {Images} images */
  fetchSheet(images) {
    const made = sheetOf.get(images.hash, () => fetchPicture(images.sheet));
    const wanted = () => this.images?.hash === images.hash;
    this.take(made, wanted, (sheet) => {
      this.sheet = sheet;
    });
  }

  /** Take what was promised, if it is still wanted then.
   * @template Made
   * @param {Promise<Made>} made
   * @param {() => boolean} wanted
   * @param {(made: Made) => void} take */
  async take(made, wanted, take) {
    try {
      const picture = await made;
      if (wanted()) take(picture);
    } catch (error) {
      if (wanted()) this.failure = `The pictures cannot be shown: ${error instanceof Error ? error.message : error}.`;
    }
    this.changed();
  }

  /** What to say while there is no picture. */
  get excuse() {
    return this.failure ? "no picture" : "fetching the pictures …";
  }

  /** @param {Position} spot
   * @param {string} text
   * @param {string} decodedBy */
  showDecoded(spot, text, decodedBy) {
    const outside = this.grid && this.levels && !covers(this.grid, spot);
    const said = [text, outside ? "outside the decoded area: its nearest edge" : "", decodedBy].filter(Boolean);
    this.caption.textContent = this.levels ? said.join(" · ") : this.excuse;
    this.decoded.setAttribute("aria-label", `Decoded at ${said.join(", ")}`);
    this.decodeOn(this.decoded, spot);
  }

  /** Without decoded images, the nearest test image stands for them.
   * @param {number} index -1 for none
   * @param {string} name of its class */
  showNearest(index, name) {
    this.caption.textContent = this.sheet ? "nearest test image" : this.excuse;
    this.decoded.setAttribute("aria-label", index < 0 ? "No test image" : `Nearest test image ${index}: ${name}`);
    this.copyOn(this.decoded, index);
  }

  /** A test image beside what is decoded where it is.
   * @param {number} index
   * @param {Position} place
   * @param {string} name of its class */
  showPair(index, place, name) {
    this.pair.classList.remove("off");
    this.original.setAttribute("aria-label", `Test image ${index}: ${name}`);
    this.again.setAttribute("aria-label", `Decoded where test image ${index} lies`);
    this.copyOn(this.original, index);
    this.decodeOn(this.again, place);
  }

  hidePair() {
    this.pair.classList.add("off");
    this.original.setAttribute("aria-label", "No test image");
    this.again.setAttribute("aria-label", "No picture");
  }

  /** @param {HTMLCanvasElement} canvas
   * @param {Position} spot */
  decodeOn(canvas, spot) {
    if (!this.levels || !this.grid) return;
    const picture = new ImageData(this.grid.width, this.grid.height);
    interpolate(this.levels, this.grid, spot, picture.data);
    drawingOn(canvas).putImageData(picture, 0, 0);
  }

  /** @param {HTMLCanvasElement} canvas
   * @param {number} index */
  copyOn(canvas, index) {
    if (!this.images) return;
    const { width, height, columns } = this.images;
    const context = drawingOn(canvas);
    context.clearRect(0, 0, width, height);
    if (!this.sheet || index < 0) return;
    const [x, y] = [(index % columns) * width, Math.floor(index / columns) * height];
    context.drawImage(this.sheet, x, y, width, height, 0, 0, width, height);
  }

  /** @param {HTMLCanvasElement} canvas
   * @param {{width: number, height: number} | null} picture */
  size(canvas, picture) {
    if (picture) resize(canvas, picture.width, picture.height);
  }
}
