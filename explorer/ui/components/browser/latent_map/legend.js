import { element } from "../shared/dom.js";

/** The classes with their colours: a click shows or hides one, a double click or one with a modifier shows only it. */
export class Legend {
  /** @param {HTMLElement} root
   * @param {() => void} changed */
  constructor(root, changed) {
    this.root = root;
    this.changed = changed;
    this.content = "";
    /** @type {string[]} */
    this.names = [];
    /** @type {Set<number>} */
    this.hidden = new Set();
  }

  /** @param {string[]} names
   * @param {string[]} hues
   * @param {Set<number>} hidden the classes that are not shown; what the user does changes it */
  update(names, hues, hidden) {
    const content = JSON.stringify([names, hues]);
    if (this.content !== content) {
      this.root.replaceChildren(...names.map((name, index) => this.button(name, hues[index], index)));
      this.root.hidden = names.length < 2;
    }
    Object.assign(this, { content, names, hidden });
    this.show();
  }

  /** @param {string} name
   * @param {string} hue
   * @param {number} index */
  button(name, hue, index) {
    const button = element("button", "class", { type: "button" });
    button.title = "Click to show or hide; double click or Shift-click to show only this, or all again";
    const swatch = element("span", "swatch");
    swatch.style.setProperty("--hue", hue);
    button.append(swatch, name);
    /** @param {MouseEvent} event */
    const modified = (event) => event.shiftKey || event.ctrlKey || event.metaKey || event.altKey;
    button.addEventListener("click", (event) => (modified(event) ? this.only(index) : this.toggle(index)));
    button.addEventListener("dblclick", (event) => {
      if (!modified(event)) this.only(index); // after two cancelling clicks
    });
    return button;
  }

  /** For each class whether it is shown. */
  get shown() {
    return Uint8Array.from(this.names, (_, index) => Number(!this.hidden.has(index)));
  }

  show() {
    Array.from(this.root.children, (button, index) =>
      button.setAttribute("aria-pressed", String(!this.hidden.has(index))),
    );
  }

  /** @param {number} index */
  toggle(index) {
    if (!this.hidden.delete(index)) this.hidden.add(index);
    this.show();
    this.changed();
  }

  /** Show only one class, or all if it is so already.
   * @param {number} index */
  only(index) {
    const already = this.shown.every((shown, other) => Boolean(shown) === (other === index));
    this.hidden.clear();
    if (!already) for (const other of this.names.keys()) if (other !== index) this.hidden.add(other);
    this.show();
    this.changed();
  }
}
