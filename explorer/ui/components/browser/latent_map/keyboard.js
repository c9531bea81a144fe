const STEP = 8; // pixels that an arrow key moves the cross; with Shift LEAP
const LEAP = 48;
export const NOTCH = 1.5; // how much larger a key or a button makes the map

/** The keyboard on the map: a cross that arrow keys move. */
export class Keyboard {
  /** @param {import("./latent_map.js").LatentMap} map
   * @param {HTMLElement} surface */
  constructor(map, surface) {
    this.map = map;
    surface.addEventListener("keydown", (event) => this.onKey(event));
    surface.addEventListener("focus", () => {
      if (surface.matches(":focus-visible")) this.moveCross(0, 0);
    });
    surface.addEventListener("blur", () => this.hideCross());
  }

  hideCross() {
    if (this.map.cross) this.map.line = null;
    this.map.cross = null;
    this.map.ask();
  }

  /** Move the cross by pixels, from z or the middle at first; return where it is then.
   * @param {number} right
   * @param {number} down */
  moveCross(right, down) {
    const { map } = this;
    const { view } = map;
    if (!view) return null;
    const [x, y] = view.pixel(map.cross ?? map.settled.z ?? [view.x, view.y]);
    map.cross = view.latent(view.hold([x + right, y + down]));
    map.pointer.at = null;
    map.spotIsNew = true;
    map.ask();
    return map.cross;
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const { map } = this;
    if (event.ctrlKey || event.metaKey || event.altKey || !map.view) return;
    const step = event.shiftKey ? LEAP : STEP;
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => this.moveCross(-step, 0),
      ArrowRight: () => this.moveCross(step, 0),
      ArrowUp: () => this.moveCross(0, -step),
      ArrowDown: () => this.moveCross(0, step),
      Enter: () => this.onEnter(),
      " ": () => (map.tool === "move" ? this.onEnter() : this.setCorner()),
      "+": () => map.zoom(NOTCH),
      "=": () => map.zoom(NOTCH),
      "-": () => map.zoom(1 / NOTCH),
      0: () => map.look({ zoom: 1 }),
      Escape: () => map.clearLines(),
    };
    if (!Object.hasOwn(keys, event.key)) return;
    keys[event.key]();
    event.preventDefault();
    event.stopPropagation();
  }

  /** End the line that is being drawn, or set z. */
  onEnter() {
    const { map } = this;
    const cross = this.moveCross(0, 0);
    if (!cross) return;
    if (!map.line) {
      map.setZ(cross);
      return;
    }
    map.line.push(cross);
    map.endLine();
  }

  /** Set a corner of a path or lasso. */
  setCorner() {
    const { map } = this;
    const cross = this.moveCross(0, 0);
    if (!cross) return;
    map.spotIsNew = false;
    map.line = [...(map.line ?? []), cross];
    map.say(`Corner ${map.line.length}`);
  }
}
