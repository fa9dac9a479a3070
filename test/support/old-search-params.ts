/** The URLSearchParams of React Native 0.76, as far as it is less than the standard: see its URLSearchParams.js. */
export class OldSearchParams extends URLSearchParams {
  /** What its constructor finds in another one. */
  readonly _searchParams: string[][] = [];

  constructor(params?: unknown) {
    super();
    if (typeof params !== 'object' || params === null) return;
    for (const [name, value] of Object.entries(params)) this.append(name, String(value));
  }

  override set(): never {
    throw new Error('URLSearchParams.set is not implemented');
  }

  override get(): never {
    throw new Error('URLSearchParams.get is not implemented');
  }

  override delete(): never {
    throw new Error('URLSearchParams.delete is not implemented');
  }
}
