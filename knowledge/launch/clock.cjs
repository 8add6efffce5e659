// Read the hour from the file named by WORLD_CLOCK (seconds since 1970): loaded by each Node server at start.
// Only what a server says of the present is affected. A file's time of creation is given as that of its last change.
const fs = require("node:fs");
const promises = require("node:fs/promises");
const file = process.env.WORLD_CLOCK;

if (file) {
  const RealDate = Date;
  const read = fs.readFileSync.bind(fs);
  const now = () => {
    try {
      return Number.parseFloat(read(file, "utf8")) * 1000 || RealDate.now();
    } catch {
      return RealDate.now();
    }
  };
  globalThis.Date = class Date extends RealDate {
    constructor(...parts) {
      super(...(parts.length ? parts : [now()]));
    }
    static now() {
      return now();
    }
  };
  const settled = (stats) => {
    const touched = Math.abs(stats.mtimeMs - RealDate.now()) < 86_400_000;
    const when = new RealDate(touched ? now() : stats.mtimeMs);
    return Object.assign(stats, { birthtime: when, ctime: when, mtime: when, atime: when });
  };
  for (const name of ["stat", "lstat"]) {
    const real = promises[name].bind(promises);
    promises[name] = async (...parts) => settled(await real(...parts));
  }
  require("node:module").syncBuiltinESMExports();
}
