/** @typedef {import("./component.js").Tell} Tell */

/** @template Value
 * @typedef {{token: string, value: Value}} Shared a value with the token of when Python last moved it */

/** @template Values
 * @typedef {{[Name in keyof Values]?: Shared<Values[Name]>}} Told what Python was told last, or told the browser */

/** The browser's side of shared_value.py: values that both the script and the user set, each under its name.
 *
 * The script moves a value by sending a new token with it. What the user does is sent back with the token that it was
 * done under. `told` is kept by the component's key, and so outlives a visit to another page.
 * @template {Record<string, any>} Values */
export class SharedValues {
  constructor() {
    /** @type {{[Name in keyof Values]?: string}} */
    this.tokens = {};
    /** @type {Told<Values>} */
    this.told = {};
    /** @type {Tell | undefined} */
    this.tell = undefined;
  }

  /** Take over what Python sent; return the values that are to be moved: at first all, later those with a new token.
   * @param {{[Name in keyof Values]: Shared<Values[Name]>}} sent
   * @param {Told<Values>} told
   * @returns {Partial<Values>} */
  take(sent, told) {
    this.told = told;
    /** @type {Partial<Values>} */
    const moved = {};
    for (const name of /** @type {(keyof Values)[]} */ (Object.keys(sent))) {
      const { token, value } = sent[name];
      if (this.tokens[name] === token) continue;
      this.tokens[name] = token;
      const before = told[name];
      const now = before?.token === token ? before : { token, value };
      told[name] = now;
      moved[name] = now.value;
    }
    return moved;
  }

  /** Tell Python what the user did.
   * @template {keyof Values & string} Name
   * @param {Name} name
   * @param {Values[Name]} value */
  report(name, value) {
    const now = { token: this.tokens[name] ?? "", value };
    this.told[name] = now;
    this.tell?.(name, now);
  }
}
