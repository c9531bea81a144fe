// As much of a browser as a player needs: its controls, and a screen whose frames a test draws one by one.

class FakeElement extends EventTarget {
  style = { setProperty() {} };
  attributes = new Map();
  classes = new Set();
  classList = { toggle: (name, on) => (on ? this.classes.add(name) : this.classes.delete(name)) };
  setAttribute(name, value) {
    this.attributes.set(name, value);
  }
  add() {}
}

for (const name of ["Button", "Input", "Output", "Select"]) {
  globalThis[`HTML${name}Element`] = class extends FakeElement {
    tagName = name.toUpperCase();
  };
}
globalThis.Element = FakeElement;
globalThis.Option = class {};

/** The controls of a player, as `querySelector` finds them. */
export function controls() {
  const parts = {
    ".play": new HTMLButtonElement(),
    ".slider": new HTMLInputElement(),
    ".label": new HTMLOutputElement(),
    ".speed": new HTMLSelectElement(),
  };
  return Object.assign(new FakeElement(), { querySelector: (selector) => parts[selector] });
}

/** Sixty frames of a screen a second, drawn when `pass` is called; `reduced` is whether the user wants little motion. */
export class Screen {
  constructor(reduced = false) {
    this.now = performance.now();
    this.asked = new Map();
    let frames = 0;
    globalThis.requestAnimationFrame = (draw) => {
      frames += 1;
      this.asked.set(frames, draw);
      return frames;
    };
    globalThis.cancelAnimationFrame = (frame) => this.asked.delete(frame);
    globalThis.matchMedia = () => ({ matches: reduced });
  }

  /** Let milliseconds pass. */
  pass(milliseconds) {
    for (const end = this.now + milliseconds; this.now < end; ) {
      this.now += 1000 / 60;
      const asked = [...this.asked.values()];
      this.asked.clear();
      for (const draw of asked) draw(this.now);
    }
  }
}

/** A key pressed on an element, and whether it was taken. */
export function press(player, key, { on = "DIV", prevented = false, ...modifiers } = {}) {
  const target = Object.assign(new FakeElement(), { tagName: on });
  const event = { key, target, defaultPrevented: prevented, ...modifiers };
  event.preventDefault = () => {
    event.defaultPrevented = true;
  };
  player.onKey(event);
  return event.defaultPrevented && !prevented;
}
