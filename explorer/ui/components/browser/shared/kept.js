/** Values by their keys, at most so many: what was not used for longest is forgotten.
 * @template T */
export class Kept {
  /** @param {number} most */
  constructor(most) {
    this.most = most;
    /** @type {Map<string, T>} least recently used first */
    this.values = new Map();
  }

  /** The value of a key, made only once while it is kept.
   * @param {string} key
   * @param {() => T} make
   * @returns {T} */
  get(key, make) {
    const value = this.values.get(key) ?? make();
    this.values.delete(key);
    this.values.set(key, value);
    if (this.values.size > this.most) this.values.delete(/** @type {string} */ (this.values.keys().next().value));
    return value;
  }

  /** @param {string} key */
  forget(key) {
    this.values.delete(key);
  }
}
