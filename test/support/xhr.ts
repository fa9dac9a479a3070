/** Import it before axios, which looks once whether there is an XMLHttpRequest. Nothing is sent with it. */
Object.assign(globalThis, { XMLHttpRequest: () => undefined });
