const HISTORY = 100; // steps that can be undone

/** @typedef {{x: number, y: number}} Spot in the large canvas' pixels */
/** @typedef {{points: Spot[]}} Stroke */
/** @typedef {{base: Uint8Array | null, strokes: Stroke[]}} State `base` is a picture under the strokes: one that Python
 * sent */

/** Strokes over a picture, and what they were before each step. */
export class Drawing {
  /** @param {string} token that Python sent the picture with
   * @param {Uint8Array | null} base */
  constructor(token, base) {
    this.token = token;
    /** @type {State} */
    this.now = { base, strokes: [] };
    /** @type {State[]} */
    this.earlier = [];
  }

  get blank() {
    return !this.now.base && !this.now.strokes.length;
  }

  /** What is drawn, in words. */
  get description() {
    const count = this.now.strokes.length;
    if (count) return `${count} stroke${count > 1 ? "s" : ""}`;
    return this.blank ? "empty" : "a picture";
  }

  /** Begin a stroke, to which points can be added.
   * @param {Spot} spot */
  begin(spot) {
    const stroke = { points: [spot] };
    this.step({ ...this.now, strokes: [...this.now.strokes, stroke] });
    return stroke;
  }

  clear() {
    if (!this.blank) this.step({ base: null, strokes: [] });
  }

  /** Go to another state, from which the present one can be gone back to.
   * @param {State} state */
  step(state) {
    this.earlier.push(this.now);
    if (this.earlier.length > HISTORY) this.earlier.shift();
    this.now = state;
  }

  undo() {
    this.now = this.earlier.pop() ?? this.now;
  }
}
