// Pictures from the server: many small ones on one sheet.

import { Kept } from "./kept.js";

/** Promises of what is made of sheets, each made once for its content, and again after a failure.
 * @template T */
export class Sheets {
  /** @param {number} most */
  constructor(most) {
    /** @type {Kept<Promise<T>>} */
    this.kept = new Kept(most);
  }

  /** @param {string} hash of the content
   * @param {() => Promise<T>} make */
  get(hash, make) {
    const made = this.kept.get(hash, make);
    made.catch(() => this.kept.forget(hash));
    return made;
  }
}

/** The picture at an address. Right after a rerun the server may not serve it for a moment.
 * @param {string} address */
export async function fetchPicture(address) {
  let status = 0;
  for (const pause of [0, 300, 1500]) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    const answer = await fetch(address);
    if (answer.ok) return createImageBitmap(await answer.blob(), { colorSpaceConversion: "none" });
    status = answer.status;
  }
  throw new Error(`the server answered ${status}`);
}
