import { clamp } from "../shared/numbers.js";

const CLICK = 4; // pixels that a click may slip

/** @typedef {import("./view.js").Position} Position */

/** Mouse, pen and fingers on the map. */
export class Pointer {
  /** @param {import("./latent_map.js").LatentMap} map
   * @param {HTMLElement} surface */
  constructor(map, surface) {
    this.map = map;
    this.surface = surface;
    /** @type {Position | null} pixels, while a pointer is over the map */
    this.at = null;
    /** @type {Map<number, Position>} pointer -> pixels where it is held down */
    this.held = new Map();
    /** @type {{at: Position, look: Required<import("./view.js").Look>, moved: boolean} | null} how the one that is held began */
    this.press = null;
    surface.addEventListener("pointerdown", (event) => this.onDown(event));
    surface.addEventListener("pointermove", (event) => this.onMove(event));
    surface.addEventListener("pointerup", (event) => this.onUp(event));
    surface.addEventListener("pointercancel", (event) => this.onUp(event));
    surface.addEventListener("pointerleave", () => {
      this.at = null;
      map.ask();
    });
    surface.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
  }

  /** @param {MouseEvent} event
   * @returns {Position} */
  place(event) {
    const box = this.surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /** @param {PointerEvent} event */
  onDown(event) {
    const { map } = this;
    const at = this.place(event);
    if (event.button !== 0 || !map.view?.holds(at)) return;
    this.surface.setPointerCapture(event.pointerId);
    this.held.set(event.pointerId, at);
    this.at = at;
    map.cross = null;
    map.line = null;
    const { x, y, zoom } = map.view;
    this.press = this.held.size === 1 ? { at, look: { x, y, zoom }, moved: false } : null; // a second finger zooms
    map.ask();
  }

  /** @param {PointerEvent} event */
  onMove(event) {
    const { map } = this;
    if (!map.view) return;
    const at = this.place(event);
    const held = this.held.has(event.pointerId);
    this.at = held || map.view.holds(at) ? at : null;
    if (this.at && !map.line) map.cross = null; // the keyboard's line goes on until it is ended
    if (held && this.held.size === 2) this.pinch(event.pointerId, at);
    if (held) this.held.set(event.pointerId, at);
    if (held) this.drag(event, at);
    map.ask();
  }

  /** @param {PointerEvent} event
   * @param {Position} at */
  drag(event, [x, y]) {
    const { map, press } = this;
    const { view } = map;
    if (!press || !view) return;
    const [right, down] = [x - press.at[0], y - press.at[1]];
    if (!press.moved && Math.hypot(right, down) <= CLICK) return;
    if (!press.moved && map.tool !== "move") map.line = [view.latent(press.at)];
    press.moved = true;
    if (map.tool === "move") {
      const { x: left, y: top, zoom } = press.look;
      map.look({ x: left - right / view.scale, y: top + down / view.scale, zoom });
      return;
    }
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) map.line?.push(view.latent(this.place(each)));
  }

  /** @param {PointerEvent} event */
  onUp(event) {
    if (!this.held.delete(event.pointerId)) return;
    const { map, press } = this;
    this.press = null;
    if (event.pointerType === "touch") this.at = null;
    if (event.type === "pointercancel" || !press) map.line = null;
    else if (press.moved) map.endLine();
    else if (map.view) map.setZ(map.view.latent(press.at));
    map.ask();
  }

  /** Two fingers: the one that moves takes what is under it along, the other one keeps it.
   * @param {number} moving
   * @param {Position} to */
  pinch(moving, to) {
    const from = this.held.get(moving);
    const still = [...this.held].find(([pointer]) => pointer !== moving)?.[1];
    if (!from || !still) return;
    /** @param {Position} at */
    const distance = (at) => Math.max(1, Math.hypot(at[0] - still[0], at[1] - still[1]));
    this.map.zoom(distance(to) / distance(from), still);
  }

  /** @param {WheelEvent} event */
  onWheel(event) {
    const at = this.place(event);
    if (!this.map.view?.holds(at)) return;
    event.preventDefault();
    const pixels = event.deltaY * [1, 30, 400][event.deltaMode];
    this.map.zoom(Math.exp(-clamp(pixels, -300, 300) / 400), at);
  }
}
