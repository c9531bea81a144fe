/** Import the last of some modules: each a name and a source whose imports are `"module:name"` of one before it. Blobs get
 * them addresses, which the sources of those after them are given.
 * @param {[name: string, source: string][]} modules
 * @returns {Promise<unknown>} its default export */
export async function load(modules) {
  /** @type {Map<string, string>} */
  const addresses = new Map();
  let last = "";
  for (const [name, source] of modules) {
    const linked = source.replaceAll(/"module:([^"]+)"/g, (_, imported) => `"${addresses.get(imported)}"`);
    const named = `${linked}\n//# sourceURL=explorer/${name}`; // what developer tools and errors call it
    last = URL.createObjectURL(new Blob([named], { type: "text/javascript" }));
    addresses.set(name, last);
  }
  return (await import(last)).default;
}
