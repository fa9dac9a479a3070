import { fileStore } from '../../src/node/index';

/** Subscribes, writes, and has nothing more to do. */
const store = fileStore(String(process.argv[2]));
store.subscribe?.(() => undefined);
void store.set({ accessToken: 'mine' });
