import { until } from '../support/until';
import { cleanUp } from '../support/rig';
import { ask, openScoped, type Scoped } from '../support/scoped-server';
import { codeOf } from '../support/token-server';

afterEach(cleanUp);

const forEver = (): Promise<null> => new Promise(() => undefined);

test('G26: onStepUp may sign out at once and never come back', async () => {
  const scoped: Scoped = await openScoped({
    onStepUp() {
      void scoped.auth.signOut();
      return forEver();
    },
  });
  expect(await codeOf(ask(scoped, 'write'))).toBe('ERR_AUTH_SIGNED_OUT');
});

test('G14: the next session is asked again after one that never came back', async () => {
  let asked = 0;
  const scoped: Scoped = await openScoped({
    onStepUp() {
      if (++asked > 1) return scoped.server.issue('write');
      void scoped.auth.signOut();
      return forEver();
    },
  });
  void codeOf(ask(scoped, 'write'));
  await until(() => asked === 1);
  await scoped.auth.signIn(scoped.server.issue());
  expect(await codeOf(ask(scoped, 'write'))).toBe('ok');
});

test('one that comes back late does not make the next wait for itself', async () => {
  let asked = 0;
  let comeBack: (nothing: null) => void = () => undefined;
  const scoped: Scoped = await openScoped({
    stepUpTimeout: 1_500,
    async onStepUp() {
      if (++asked === 1) return new Promise<null>((resolve) => (comeBack = resolve));
      comeBack(null);
      await new Promise((resolve) => setImmediate(resolve));
      await codeOf(ask(scoped, 'write'));
      return scoped.server.issue('write');
    },
  });
  expect(await codeOf(ask(scoped, 'write'))).toBe('ERR_BAD_REQUEST');
  expect(await codeOf(ask(scoped, 'write'))).toBe('ok');
});
