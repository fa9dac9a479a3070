/**
 * The clock of a server process, which the test can put forward: tokens expire by the server's own
 * judgement, at once, and no test has to be faster than they are. To be imported before the server,
 * which may take hold of `Date` when it is loaded.
 */
const RealDate = Date;
let ahead = 0;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RealDate.now() + ahead] : given));
  }

  static now() {
    return RealDate.now() + ahead;
  }
};

export function putForward(seconds) {
  ahead += seconds * 1000;
}
